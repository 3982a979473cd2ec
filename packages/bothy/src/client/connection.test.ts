import { expect, test } from "vitest";
import type { ClientWorld, SocketListener } from "../base/index.ts";
import type { Hello } from "../protocol/index.ts";
import { openConnection } from "./connection.ts";

/** A world in which nothing happens by itself: the test has the newest socket and the waits that were asked for. */
function stillWorld(): {
  world: ClientWorld;
  socket: () => SocketListener | undefined;
  waits: { ms: number; run: () => void }[];
} {
  const sockets: SocketListener[] = [];
  const waits: { ms: number; run: () => void }[] = [];
  const world: ClientWorld = {
    clock: {
      nowMs: () => 0,
      monotonicMs: () => 0,
      after(ms, run) {
        const wait = { ms, run };
        waits.push(wait);
        return () => void waits.splice(waits.indexOf(wait), 1);
      },
      soon: () => () => undefined,
    },
    random: { bytes: (count) => new Uint8Array(count) },
    signals: { isVisible: () => true, isOnline: () => true, onChange: () => () => undefined },
    openSocket(_url, listener) {
      sockets.push(listener);
      return { send: () => undefined, close: () => undefined };
    },
    warn: () => undefined,
    persistStorage: async () => true,
  };
  return { world, socket: () => sockets.at(-1), waits };
}

test("[CL7] the waits double while what follows a welcome fails, and begin anew after a connection that came to rest", () => {
  const { world, socket, waits } = stillWorld();
  const connection = openConnection({
    world,
    url: "ws://test",
    random: () => 1,
    hello: () => ({}) as Hello,
    isPaused: () => false,
    onMessage: (message) => {
      if (message.type === "welcome") connection.restart("later");
    },
    onDown: () => undefined,
  });
  const attempt = (messages: readonly string[]): number | undefined => {
    socket()?.opened();
    for (const type of messages) socket()?.message(JSON.stringify({ type }));
    const [wait] = waits;
    wait?.run();
    return wait?.ms;
  };
  expect([attempt(["welcome"]), attempt(["welcome"]), attempt(["welcome"]), attempt(["welcome"])]).toEqual([
    250, 500, 1000, 2000,
  ]);
  socket()?.message(JSON.stringify({ type: "cursor" }));
  expect([attempt(["welcome"]), attempt(["welcome"])]).toEqual([250, 500]);
});
