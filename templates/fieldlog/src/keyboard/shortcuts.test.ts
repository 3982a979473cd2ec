import { expect, test } from "vitest";
import { commandOf, singleKeys } from "./shortcuts.ts";

const plain = { ctrlKey: false, metaKey: false, altKey: false };

test("every key that the help lists does what it says, and no key does two things", () => {
  for (const { keys, does } of singleKeys) {
    for (const key of keys) expect(commandOf({ ...plain, key })).toBe(does);
  }
  const all = singleKeys.flatMap(({ keys }) => keys);
  expect(new Set(all).size).toBe(all.length);
});

test("with a modifier, and for any other key, nothing happens: browser and reader of screens keep theirs", () => {
  for (const modifier of ["ctrlKey", "metaKey", "altKey"]) {
    expect(commandOf({ ...plain, key: "c", [modifier]: true })).toBeUndefined();
  }
  expect(commandOf({ ...plain, key: "q" })).toBeUndefined();
});
