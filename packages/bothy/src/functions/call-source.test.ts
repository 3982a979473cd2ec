import { expect, test } from "vitest";
import { bytesOfHex, createRandom, deriveId } from "../values/index.ts";
import { createCallSource } from "./index.ts";

const key = bytesOfHex("0f".repeat(32));
const nonce = "ab".repeat(16);

test("[SY22] [SY27] a call that is made alone draws ids and chance from its own nonce", () => {
  const source = createCallSource(key, nonce);
  expect(source.nextId("t", 0)).toBe(deriveId(key, bytesOfHex(nonce), "t", 0));
  expect(source.nextId("t", 1)).toBe(deriveId(key, bytesOfHex(nonce), "t", 1));
  expect(source.random()).toBe(createRandom(nonce)());
});

test("[SY30] each call of a group draws from a nonce of its own, whatever those before it have drawn", () => {
  const drawn = (insertsBefore: number): readonly unknown[] => {
    const source = createCallSource(key, nonce);
    source.begin(0);
    const before = Array.from({ length: insertsBefore }, (_, k) => source.nextId("t", k));
    if (insertsBefore > 1) source.random();
    source.begin(1);
    // The transaction counts on through all calls of the group.
    const second = [source.nextId("t", insertsBefore), source.nextId("t", insertsBefore + 1), source.random()];
    expect(new Set([...before, ...second]).size).toBe(insertsBefore + 3);
    return second;
  };
  expect(drawn(0)).toEqual(drawn(3));
  expect(drawn(1)).not.toContain(deriveId(key, bytesOfHex(nonce), "t", 0));
});
