import { parse as parseCsv } from "csv-parse/sync";
import { BothyError, decodeValue, shapeOf } from "bothy/internal";
import type { Json, Validator, ValidatorShape, Value } from "bothy/internal";
import { parseCell } from "./parse-cell.ts";

/** Formats that `import` reads. */
export type RowFormat = "csv" | "json" | "jsonl";

/** How many wrong rows an error names. */
const problemsShownMax = 10;

interface ReadRow {
  /** Where it stands, for messages: a line of CSV or JSON lines, an element of a JSON array. */
  readonly place: string;
  readonly value: Value;
}

/** Reads a file's rows and checks each with the table's validator; throws `import_invalid` naming the wrong ones. */
export function parseRows(bytes: Uint8Array, format: RowFormat, validator: Validator): readonly Value[] {
  const text = decodeText(bytes);
  const problems: string[] = [];
  const rows = format === "csv" ? readCsv(text, validator, problems) : readJson(text, format, problems);
  for (const { place, value } of rows) {
    for (const issue of validator.check(value).slice(0, 1)) problems.push(`${place}: ${issue.message}`);
  }
  if (problems.length === 0) return rows.map((row) => row.value);
  const shown = problems.slice(0, problemsShownMax).map((problem) => `\n  ${problem}`);
  const more = problems.length > problemsShownMax ? `\n  and ${problems.length - problemsShownMax} more` : "";
  throw new BothyError("import_invalid", {
    message: `${problems.length} rows do not fit the table, nothing was imported:${shown.join("")}${more}`,
    fix: "Correct these rows, or the table's validator in bothy/schema.ts.",
    details: problems.slice(0, problemsShownMax),
  });
}

function decodeText(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new BothyError("import_invalid", {
      message: "The file is not UTF-8 text.",
      fix: "Save it with the encoding UTF-8.",
      cause,
    });
  }
}

function readCsv(text: string, validator: Validator, problems: string[]): ReadRow[] {
  const fields = fieldsOf(validator);
  return parseRecords(text).map(({ record, info }) => {
    const place = `line ${info.lines}`;
    const value: Record<string, Value> = {};
    for (const [name, cell] of Object.entries(record)) {
      const shape = Object.hasOwn(fields, name) ? fields[name] : undefined;
      const parsed = parseCell(cell, shape);
      if (parsed.kind === "wrong") problems.push(`${place}: "${name}" should be ${parsed.expected}, not "${cell}"`);
      else if (parsed.value !== undefined) {
        Object.defineProperty(value, name, { value: parsed.value, enumerable: true, writable: true, configurable: true });
      }
    }
    return { place, value };
  });
}

interface CsvRecord {
  readonly record: Readonly<Record<string, string>>;
  readonly info: { readonly lines: number };
}

function parseRecords(text: string): readonly CsvRecord[] {
  try {
    return parseCsv(text, { columns: true, bom: true, info: true, skip_empty_lines: true }) as unknown as CsvRecord[];
  } catch (cause) {
    throw new BothyError("import_invalid", {
      message: `The CSV file can't be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: "Check quotes and the number of columns at that line.",
      cause,
    });
  }
}

function fieldsOf(validator: Validator): Readonly<Record<string, ValidatorShape>> {
  const shape = shapeOf(validator);
  return shape.kind === "object" ? shape.fields : {};
}

function readJson(text: string, format: "json" | "jsonl", problems: string[]): ReadRow[] {
  const rows: ReadRow[] = [];
  for (const { place, json } of format === "json" ? readArray(text) : readLines(text, problems)) {
    try {
      rows.push({ place, value: decodeValue(json) });
    } catch (error) {
      problems.push(`${place}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return rows;
}

function readArray(text: string): { readonly place: string; readonly json: Json }[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw new BothyError("import_invalid", { message: "The file is no valid JSON.", fix: "Check its syntax.", cause });
  }
  if (!Array.isArray(parsed)) {
    throw new BothyError("import_invalid", {
      message: "A JSON file to import holds one array of objects.",
      fix: "Put the rows into an array, or use JSON lines (--format jsonl).",
    });
  }
  return parsed.map((json: Json, at) => ({ place: `element ${at + 1}`, json }));
}

function readLines(text: string, problems: string[]): { readonly place: string; readonly json: Json }[] {
  const rows: { place: string; json: Json }[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const place = `line ${at + 1}`;
    try {
      rows.push({ place, json: JSON.parse(line) as Json });
    } catch {
      problems.push(`${place}: no valid JSON`);
    }
  }
  return rows;
}
