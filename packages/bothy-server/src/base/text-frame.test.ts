import { expect, test } from "vitest";
import * as ws from "ws";
import type { Writable } from "node:stream";
import { textFrame } from "./text-frame.ts";

// `ws` exports it, and its types do not say so.
const Receiver = Reflect.get(ws, "Receiver") as new (options: { isServer: boolean }) => Writable;

/** What a client makes of the bytes. */
function received(frames: Buffer): string[] {
  const receiver = new Receiver({ isServer: false });
  const texts: string[] = [];
  receiver.on("message", (content: Buffer, isBinary: boolean) => {
    expect(isBinary).toBe(false);
    texts.push(content.toString("utf8"));
  });
  receiver.write(frames);
  return texts;
}

test("a frame of text is read as the text that it was made of, whatever its length, from text and from bytes", () => {
  for (const length of [0, 1, 125, 126, 65_535, 65_536, 100_000]) {
    for (const text of ["x".repeat(length), "é".repeat(length / 2)]) {
      expect(received(textFrame(text))).toEqual([text]);
      expect(received(textFrame(Buffer.from(text)))).toEqual([text]);
    }
  }
  expect(received(Buffer.concat([textFrame("one"), textFrame("two")]))).toEqual(["one", "two"]);
});
