import { expect, test } from "vitest";
import { wantsColor } from "./color.ts";

test.each([
  [{ isTerminal: true, env: {} }, true],
  [{ isTerminal: false, env: {} }, false],
  [{ isTerminal: true, env: { TERM: "dumb" } }, false],
  [{ isTerminal: true, env: { NO_COLOR: "1" } }, false],
  [{ isTerminal: true, env: { NO_COLOR: "" } }, true],
  [{ isTerminal: false, env: { FORCE_COLOR: "1" } }, true],
  [{ isTerminal: true, env: { FORCE_COLOR: "0" } }, false],
  [{ isTerminal: false, env: { FORCE_COLOR: "1", NO_COLOR: "1" } }, false],
  [{ isTerminal: false, env: { CI: "1" } }, false],
])("color of %j", (wishes, isColored) => {
  expect(wantsColor({ isAllowed: true, ...wishes })).toBe(isColored);
  expect(wantsColor({ isAllowed: false, ...wishes })).toBe(false);
});
