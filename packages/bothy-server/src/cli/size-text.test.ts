import { expect, test } from "vitest";
import { sizeText } from "./size-text.ts";

test("sizes are told in the largest unit that leaves a whole number in front", () => {
  expect([0, 999, 1_000, 1_234_567, 5e9, 7e15].map(sizeText)).toEqual([
    "0 bytes",
    "999 bytes",
    "1.0 KB",
    "1.2 MB",
    "5.0 GB",
    "7000.0 TB",
  ]);
});
