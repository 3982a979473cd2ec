// Reads the code of a page of documentation. A block of source names its file in the line above, in bold: **`src/app.tsx`**.
// A `diff` changes a file of an earlier block, and may go on with the one before it. `sh` and `text` are for people only.

/** A piece of source that a page shows. */
export interface CodeBlock {
  readonly file: string;
  readonly isChange: boolean;
  readonly text: string;
  /** Where it begins in the page. */
  readonly line: number;
  /** The last heading above it. */
  readonly section: string;
}

const shownOnly: ReadonlySet<string> = new Set(["sh", "text", "bash"]);
const fileAbove = /^\*\*`([^`]+)`\*\*/u;

/** The blocks of source of a page, in order. Throws for one that no test could take: without a language or a file. */
export function readCodeBlocks(page: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  const lines = page.split("\n");
  let section = "";
  let above = "";
  let before: CodeBlock | undefined;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (/^#+ /u.test(line)) section = line.replace(/^#+ /u, "");
    if (!line.startsWith("```")) {
      // What stands between two blocks ends a series of changes.
      if (line !== "") [above, before] = [line, undefined];
      continue;
    }
    const end = lines.indexOf("```", at + 1);
    const language = line.slice(3).trim();
    const isChange = language === "diff";
    const file = fileAbove.exec(above)?.[1] ?? (isChange && before?.isChange ? before.file : undefined);
    if (!shownOnly.has(language)) {
      if (file === undefined || language === "") {
        throw new Error(
          `Line ${at + 1}: a block of "${language}" without a file name in the line above; no test takes it.`,
        );
      }
      before = { file, isChange, text: `${lines.slice(at + 1, end).join("\n")}\n`, line: at + 1, section };
      blocks.push(before);
    }
    above = "";
    at = end;
  }
  return blocks;
}

/** A file as a `diff` block leaves it; throws unless the lines that it shows stand in the file exactly once. */
export function applyChange(text: string, change: string): string {
  const lines = change.split("\n").filter((line) => line !== "");
  const without = (sign: string): string =>
    lines
      .filter((line) => !line.startsWith(sign))
      .map((line) => `${line.slice(1)}\n`)
      .join("");
  const parts = text.split(without("+"));
  if (parts.length !== 2) throw new Error(`These lines stand ${parts.length - 1} times in the file:\n${without("+")}`);
  return parts.join(without("-"));
}

/** Tells whether a file has the lines of a block in their order; a line `// …` stands for any that were left out. */
export function isExcerpt(block: string, file: string): boolean {
  let rest = file;
  for (const piece of block.split(/^ *(?:\/\/|\{\/\*) ….*\n/mu)) {
    const at = rest.indexOf(piece);
    if (at < 0) return false;
    rest = rest.slice(at + piece.length);
  }
  return true;
}
