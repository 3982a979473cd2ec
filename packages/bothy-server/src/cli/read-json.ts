import { BothyError, decodeValue } from "bothy/internal";
import type { Json, ValidatorShape, Value } from "bothy/internal";
import { fitNumbers } from "./fit-numbers.ts";
import type { ReadFile, ReadRow } from "./row-file.ts";

interface ReadElement {
  readonly place: string;
  readonly json: Json;
}

/** Reads an array of objects, or one object a line; values are in the wire form of docs/spec/values.md (VA6). */
export function readJson(text: string, format: "json" | "jsonl", shape: ValidatorShape): ReadFile {
  const problems: string[] = [];
  const rows: ReadRow[] = [];
  for (const { place, json } of format === "json" ? readArray(text) : readLines(text, problems)) {
    const value = decode(json, place, problems);
    if (value !== undefined) rows.push({ place, value: fitNumbers(value, shape) });
  }
  return { rows, problems };
}

function decode(json: Json, place: string, problems: string[]): Value | undefined {
  try {
    return decodeValue(json);
  } catch (error) {
    problems.push(`${place}: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

function readArray(text: string): readonly ReadElement[] {
  const parsed = parseJson(text.replace(/^\ufeff/u, ""));
  if (!Array.isArray(parsed)) {
    throw new BothyError("import_invalid", {
      message: "A JSON file to import holds one array of objects.",
      fix: "Put the rows into an array, or use JSON lines (--format jsonl).",
    });
  }
  return parsed.map((json: Json, at) => ({ place: `element ${at + 1}`, json }));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BothyError("import_invalid", {
      message: `The file is no valid JSON: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: "Check its syntax; for one object a line, use --format jsonl.",
      cause,
    });
  }
}

function readLines(text: string, problems: string[]): readonly ReadElement[] {
  const elements: ReadElement[] = [];
  for (const [at, line] of text
    .replace(/^\ufeff/u, "")
    .split("\n")
    .entries()) {
    if (line.trim() === "") continue;
    const place = `line ${at + 1}`;
    try {
      elements.push({ place, json: JSON.parse(line) as Json });
    } catch {
      // Told with all the others, so that one look at the file repairs it.
      problems.push(`${place}: no valid JSON`);
    }
  }
  return elements;
}
