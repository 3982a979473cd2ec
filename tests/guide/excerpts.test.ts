import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { isExcerpt, readCodeBlocks } from "./code-blocks.ts";

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");
const pages = ["README.md", "docs/guide/the-field-log.md"];
const blocks = pages.flatMap((page) => readCodeBlocks(read(page)).map((block) => ({ ...block, page })));

test("README.md shows a mutation, a scope and a screen", () => {
  const files = blocks.map(({ page, file }) => (page === "README.md" ? file : "")).join(" ");
  for (const part of ["/shared/", "/scopes.ts", "/src/"]) expect(files).toContain(part);
});

// The files are those of the demo, which has tests of its own. A page that shows code which has changed is changed with it.
test.each(blocks)("$page line $line shows $file as it is", ({ file, text }) => {
  expect(isExcerpt(text, read(file))).toBe(true);
});
