import { expect, test } from "vitest";
import { parseNoted } from "./discards.ts";

test("what was thrown away is read as it was stored; anything else counts as nothing", () => {
  expect([...parseNoted('["4:100","5:200"]')]).toEqual(["4:100", "5:200"]);
  for (const text of [null, "", "{", "7", '{"a":1}']) expect(parseNoted(text).size).toBe(0);
  expect([...parseNoted('[1,"4:100",null]')]).toEqual(["4:100"]);
});
