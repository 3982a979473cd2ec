import { parse } from "csv-parse/sync";
import { BothyError } from "bothy/internal";
import type { ValidatorShape, Value } from "bothy/internal";
import { parseCell } from "./parse-cell.ts";
import type { ReadFile, ReadRow } from "./row-file.ts";

/** Reads CSV whose first line names the fields; each cell is read as the type of its field. */
export function readCsv(text: string, shape: ValidatorShape): ReadFile {
  const [header, ...records] = parseRecords(text);
  if (header === undefined) return { rows: [], problems: [] };
  checkHeader(header.cells);
  const shapes = header.cells.map((name) => shapeOfField(shape, name));
  const rows: ReadRow[] = [];
  const problems: string[] = [];
  for (const { cells, line } of records) {
    const place = `line ${line}`;
    const value: Record<string, Value> = {};
    let isRow = true;
    for (const [at, name] of header.cells.entries()) {
      const cell = cells[at] ?? "";
      const parsed = parseCell(cell, shapes[at]);
      if (parsed.kind === "wrong") {
        problems.push(`${place}: "${name}" should be ${parsed.expected}, not "${cell}"`);
        isRow = false;
      } else if (parsed.value !== undefined) value[name] = parsed.value;
    }
    if (isRow) rows.push({ place, value });
  }
  return { rows, problems };
}

interface CsvRecord {
  readonly cells: readonly string[];
  /** The line of the file that it ends on. */
  readonly line: number;
}

function parseRecords(text: string): readonly CsvRecord[] {
  try {
    const parsed: unknown = parse(text, { bom: true, info: true, skip_empty_lines: true });
    return Array.isArray(parsed) ? parsed.map(toRecord) : [];
  } catch (cause) {
    throw new BothyError("import_invalid", {
      message: `The CSV file can't be read: ${cause instanceof Error ? cause.message : String(cause)}`,
      fix: "Check quotes and the number of columns at that line.",
      cause,
    });
  }
}

/** What csv-parse gives with its option `info`. */
function toRecord(parsed: {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}): CsvRecord {
  return { cells: parsed.record, line: parsed.info.lines };
}

function checkHeader(names: readonly string[]): void {
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  const problem =
    repeated !== undefined
      ? `it names "${repeated}" twice`
      : names.includes("")
        ? `column ${names.indexOf("") + 1} has no name`
        : names.includes("__proto__")
          ? `no field can be called "__proto__"`
          : undefined;
  if (problem === undefined) return;
  throw new BothyError("import_invalid", {
    message: `The first line of the CSV file does not name its fields: ${problem}.`,
    fix: "Begin the file with a line that names each field of the table once.",
  });
}

/** What every document has besides; an empty cell leaves it to the import. */
const systemFields: Readonly<Record<string, ValidatorShape>> = {
  _id: { kind: "id", tableName: "", isOptional: true },
  _creationTime: { kind: "float64", isOptional: true },
};

/** The shape of a field, undefined for one that no row of the table has. */
export function shapeOfField(shape: ValidatorShape, name: string): ValidatorShape | undefined {
  if (Object.hasOwn(systemFields, name)) return systemFields[name];
  if (shape.kind === "object") return Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
  if (shape.kind !== "union") return undefined;
  const members = shape.members.map((member) => shapeOfField(member, name)).filter((found) => found !== undefined);
  if (members.length === 0) return undefined;
  // Which of the objects a row is, the validator finds out; a field that one of them lacks may be empty.
  const isOptional = members.length < shape.members.length || members.some((member) => member.isOptional);
  return { kind: "union", members, isOptional };
}
