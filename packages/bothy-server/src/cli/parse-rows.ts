import { BothyError, shapeOf } from "bothy/internal";
import type { Schema, TableDefinition, Value } from "bothy/internal";
import { problemOfRepetition, problemOfRow } from "./check-row.ts";
import { readCsv } from "./read-csv.ts";
import { readJson } from "./read-json.ts";

/** Formats that `import` reads. */
export type RowFormat = "csv" | "json" | "jsonl";

/** How many wrong rows an error names. */
export const problemsShownMax = 10;

/** Reads a file's rows and checks that each can be stored; throws `import_invalid` naming those that can't. */
export function parseRows(
  bytes: Uint8Array,
  format: RowFormat,
  { schema, table }: { readonly schema: Schema; readonly table: TableDefinition },
): readonly Value[] {
  const text = decodeText(bytes);
  const shape = shapeOf(table.validator);
  const { rows, problems } = format === "csv" ? readCsv(text, shape) : readJson(text, format, shape);
  const all = [...problems];
  const ids = new Set<string>();
  for (const { place, value } of rows) {
    const problem = problemOfRow(schema, table.name, value) ?? problemOfRepetition(value, ids);
    if (problem !== undefined) all.push(`${place}: ${problem}`);
  }
  if (all.length > 0) throw importProblems(all.slice(0, problemsShownMax), all.length);
  return rows.map((row) => row.value);
}

/** The error for rows that do not fit, some of them named. */
export function importProblems(shown: readonly string[], count: number): BothyError {
  const more = count > shown.length ? `\n  and ${count - shown.length} more` : "";
  const what = count === 1 ? "1 value does" : `${count} values do`;
  return new BothyError("import_invalid", {
    message: `${what} not fit the table, nothing was imported:\n  ${shown.join("\n  ")}${more}`,
    fix: "Correct these rows, or the table's validator in bothy/schema.ts.",
    details: [...shown],
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
