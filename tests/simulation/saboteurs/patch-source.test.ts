import { expect, test } from "vitest";
import { saboteurs } from "./catalogue.ts";
import { applyPatch, patchSource } from "./patch-source.ts";

test("a text that occurs once is replaced as it is written, and any other count is refused", () => {
  const patch = { file: "a.ts", find: "one();", replace: "two('$&');" };
  expect(applyPatch("one(); three();", patch)).toBe("two('$&'); three();");
  expect(() => applyPatch("three();", patch)).toThrow("0 times");
  expect(() => applyPatch("one(); one();", patch)).toThrow("2 times");
});

test("every saboteur has an id of its own and can be applied to the code as it is", () => {
  expect(new Set(saboteurs.map(({ id }) => id)).size).toBe(saboteurs.length);
  for (const saboteur of saboteurs) expect(patchSource(saboteur)).toContain(saboteur.replace);
});
