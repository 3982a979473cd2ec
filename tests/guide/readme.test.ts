import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { isExcerpt, readCodeBlocks } from "./code-blocks.ts";

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");
const blocks = readCodeBlocks(read("README.md"));

test("README.md shows a mutation, a scope and a screen", () => {
  const files = blocks.map(({ file }) => file).join(" ");
  for (const part of ["/shared/", "/scopes.ts", "/src/"]) expect(files).toContain(part);
});

test.each(blocks)("what README.md shows of $file, line $line, stands in that file", ({ file, text }) => {
  expect(isExcerpt(text, read(file))).toBe(true);
});
