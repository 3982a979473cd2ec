import { BothyError, checkDocument, documentKeys, isBothyError, makeId, shapeOf } from "bothy/internal";
import type { Document, TableDefinition, Value } from "bothy/internal";
import { readCsv } from "./read-csv.ts";
import { readJson } from "./read-json.ts";

/** Formats that `import` reads. */
export type RowFormat = "csv" | "json" | "jsonl";

/** A row with where it stands, for messages: a line of CSV or JSON lines, an element of a JSON array. */
export interface ReadRow {
  readonly place: string;
  readonly value: Value;
}

/** What a file holds: its rows, and what of it is no row of the table. */
export interface ReadFile {
  readonly rows: readonly ReadRow[];
  /** Each with its place. */
  readonly problems: readonly string[];
}

/** How many wrong rows an error names. */
const problemsShownMax = 10;

/** Reads a file's rows and checks that each can be stored; throws `import_invalid` naming those that can't. */
export function parseRows(bytes: Uint8Array, format: RowFormat, table: TableDefinition): readonly Value[] {
  const text = decodeText(bytes);
  const shape = shapeOf(table.validator);
  const { rows, problems } = format === "csv" ? readCsv(text, shape) : readJson(text, format, shape);
  const all = [...problems];
  for (const { place, value } of rows) {
    const problem = problemOf(table, value);
    if (problem !== undefined) all.push(`${place}: ${problem}`);
  }
  if (all.length > 0) throw importInvalid(all);
  return rows.map((row) => row.value);
}

/** What the table or its indexes have against a row: all that an insert would refuse. */
function problemOf(table: TableDefinition, value: Value): string | undefined {
  const [issue] = table.validator.check(value);
  if (issue !== undefined) return issue.message;
  try {
    // What passes the validator of a table is an object. Every id and time takes the same room.
    const document = {
      ...(value as object),
      _id: makeId(table.name, new Uint8Array(16)),
      _creationTime: 0,
    } as Document;
    checkDocument(table.name, document);
    documentKeys(table, document);
    return undefined;
  } catch (error) {
    if (isBothyError(error)) return error.message;
    throw error;
  }
}

function importInvalid(problems: readonly string[]): BothyError {
  const shown = problems.slice(0, problemsShownMax);
  const more = problems.length > shown.length ? `\n  and ${problems.length - shown.length} more` : "";
  const what = problems.length === 1 ? "1 value does" : `${problems.length} values do`;
  return new BothyError("import_invalid", {
    message: `${what} not fit the table, nothing was imported:\n  ${shown.join("\n  ")}${more}`,
    fix: "Correct these rows, or the table's validator in bothy/schema.ts.",
    details: shown,
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
