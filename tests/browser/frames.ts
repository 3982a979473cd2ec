import type { Page } from "playwright-core";

/** A message on a page's socket. */
export interface Frame {
  readonly from: "page" | "server";
  readonly text: string;
}

/** Collects every frame of the sockets that a page opens from now on. */
export function collectFrames(page: Page): Frame[] {
  const frames: Frame[] = [];
  page.on("websocket", (socket) => {
    socket.on("framesent", ({ payload }) => frames.push({ from: "page", text: String(payload) }));
    socket.on("framereceived", ({ payload }) => frames.push({ from: "server", text: String(payload) }));
  });
  return frames;
}

/** The type of a message of the protocol. */
export function typeOf({ text }: Frame): string {
  const [header = ""] = text.split("\n");
  const message: unknown = JSON.parse(header);
  return typeof message === "object" && message !== null && "type" in message ? String(message.type) : "none";
}
