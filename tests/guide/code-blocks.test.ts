import { expect, test } from "vitest";
import { applyChange, isExcerpt, readCodeBlocks } from "./code-blocks.ts";

const page = `# A page

## One

**\`src/a.ts\`**, first:

\`\`\`ts
const a = 1;
\`\`\`

\`\`\`sh
npm start
\`\`\`

## Two

**\`src/a.ts\`**, what changes:

\`\`\`diff
-const a = 1;
+const a = 2;
\`\`\`

\`\`\`diff
 const a = 2;
+const b = 3;
\`\`\`
`;

test("blocks are told with their file, their section and their kind; changes in a row are of one file", () => {
  const blocks = readCodeBlocks(page);
  expect(blocks.map(({ file, isChange, section }) => [file, isChange, section])).toEqual([
    ["src/a.ts", false, "One"],
    ["src/a.ts", true, "Two"],
    ["src/a.ts", true, "Two"],
  ]);
  const [first = { text: "" }, ...changes] = blocks;
  expect(changes.reduce((text, change) => applyChange(text, change.text), first.text)).toBe(
    "const a = 2;\nconst b = 3;\n",
  );
});

test.each([
  ["ts", "Some words.\n\n```ts\nconst a = 1;\n```\n"],
  ["", "**`src/a.ts`**\n\n```\nconst a = 1;\n```\n"],
  ["diff", "**`src/a.ts`**\n\n```ts\nconst a = 1;\n```\n\n```diff\n+const b = 1;\n```\n"],
])("a block of source that no test could take is refused: %s", (_, text) => {
  expect(() => readCodeBlocks(text)).toThrow("no test takes it");
});

test("a change that does not fit, or fits twice, is refused", () => {
  expect(() => applyChange("a\n", " b\n+c\n")).toThrow("0 times");
  expect(() => applyChange("a\na\n", " a\n+c\n")).toThrow("2 times");
});

test("an excerpt has whole lines of the file in their order, and says where some are left out", () => {
  const file = "one\n  two\n  three\nfour\n";
  expect(isExcerpt("one\n  // …\n  three\n", file)).toBe(true);
  expect(isExcerpt("one\n  three\n", file)).toBe(false);
  expect(isExcerpt("four\n// …\none\n", file)).toBe(false);
});
