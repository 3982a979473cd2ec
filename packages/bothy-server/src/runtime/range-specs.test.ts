import { expect, test } from "vitest";
import { RangeSpecs } from "./range-specs.ts";

const jsonOf = (room: string) => ({ table: "notes", index: "by_room", prefix: [room] });

test("[SY53] a range that a scope returns again is the same object, and those that none has returned for long are forgotten", () => {
  const specs = new RangeSpecs();
  const first = specs.of(jsonOf("den"));
  expect(first).toEqual(jsonOf("den"));
  expect(specs.of(jsonOf("den"))).toBe(first);
  for (let at = 0; at < 70_000; at++) specs.of(jsonOf(`room ${at}`));
  expect(specs.of(jsonOf("den"))).toBe(first);
  for (let at = 0; at < 140_000; at++) specs.of(jsonOf(`room ${at}`));
  expect(specs.of(jsonOf("den"))).not.toBe(first);
});
