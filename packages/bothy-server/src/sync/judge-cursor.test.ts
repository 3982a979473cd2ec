import { expect, test } from "vitest";
import { judgeCursor } from "./judge-cursor.ts";

test.each([
  ["the same place of the same history", 5, "h", { version: 9, logHash: "h" }, "held"],
  ["the end of the log", 9, "h", { version: 9, logHash: "h" }, "held"],
  ["newer than the log", 10, "h", { version: 9, logHash: undefined }, "history_lost"],
  ["another history at its place", 5, "h", { version: 9, logHash: "other" }, "history_lost"],
  ["a place that the log no longer tells about", 5, "h", { version: 9, logHash: undefined }, "unknown"],
] as const)("[SY24] a genuine cursor: %s", (_, version, logHash, log, verdict) => {
  expect(judgeCursor({ version, logHash }, log)).toBe(verdict);
});
