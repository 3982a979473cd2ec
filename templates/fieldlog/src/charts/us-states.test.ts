import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { outlinesSource } from "../../charts/outlines.mjs";
import { mapHeight, mapWidth, stateOutlines } from "./us-states.ts";

test("the outlines are what charts/outlines.mjs makes of the records", () => {
  expect(readFileSync(new URL("us-states.ts", import.meta.url), "utf8")).toBe(outlinesSource());
});

test("every state has an outline, and its middle lies on the map", () => {
  expect(stateOutlines).toHaveLength(51);
  expect(new Set(stateOutlines.map((state) => state.code)).size).toBe(51);
  for (const { name, x, y, path } of stateOutlines) {
    expect(path, name).toMatch(/^M[-\dMlz ]+z$/);
    expect(x > 0 && x < mapWidth && y > 0 && y < mapHeight, name).toBe(true);
  }
});
