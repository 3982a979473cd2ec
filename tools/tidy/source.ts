import { parseSync } from "oxc-parser";
import { isNode, type SyntaxNode } from "./syntax.ts";

/** A file as the checks see it. */
export interface Source {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly program: SyntaxNode;
  readonly comments: readonly Comment[];
  /** What the parser complained of; the other parts are then not to be trusted. */
  readonly syntaxError: string | undefined;
}

/** A comment: `value` is its text without the marks. */
export interface Comment {
  readonly type: "Line" | "Block";
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** Something wrong at a place. `check` names the check that says so. */
export interface Finding {
  readonly check: string;
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** Parses a file for the checks. */
export function parseSource(path: string, text: string): Source {
  const parsed = parseSync(path, text);
  const program: unknown = parsed.program;
  if (!isNode(program)) throw new Error(`The parser gave no syntax tree for ${path}.`);
  return { path, text, program, comments: parsed.comments, syntaxError: parsed.errors[0]?.message };
}

/** The line, counted from 1, on which an offset lies. */
export function lineAt(source: Source, offset: number): number {
  let line = 1;
  for (let at = source.text.indexOf("\n"); at !== -1 && at < offset; at = source.text.indexOf("\n", at + 1)) line += 1;
  return line;
}

/** A finding of a check at an offset of a file. */
export function findingAt(check: string, source: Source, offset: number, message: string): Finding {
  return { check, path: source.path, line: lineAt(source, offset), message };
}

/** Test files, suites shared by tests, and the files that tests read. */
export function isTest(path: string): boolean {
  return /\.test\.tsx?$|-contract\.tsx?$|\/fixtures\//.test(path) || path.startsWith("tests/");
}

const packageFile = /^packages\/([^/]+)\/src\/(?:([^/]+)\/)?[^/]/;
const dashboardFile = /^packages\/bothy-server\/dashboard\/src\//;

/** The package and the folder of a file in a package; files directly in `src` are the package's own doors: no folder. */
export function placeOf(path: string): { readonly package: string; readonly folder: string | undefined } | undefined {
  if (dashboardFile.test(path)) return { package: "bothy-server", folder: "dashboard" };
  const match = packageFile.exec(path);
  return match?.[1] === undefined ? undefined : { package: match[1], folder: match[2] };
}
