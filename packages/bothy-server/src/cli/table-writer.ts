import { encodeValue, equalValues, isPlainObject, parseValue, shapeOf } from "bothy/internal";
import type { TableDefinition, ValidatorShape, Value } from "bothy/internal";
import { parseCell } from "./parse-cell.ts";
import type { RowFormat } from "./parse-rows.ts";
import { shapeOfField } from "./read-csv.ts";

/** Writes a table's documents as text, one after the other. */
export interface TableWriter {
  readonly begin: string;
  /** A document's canonical text as a row. */
  row(text: string, at: number): string;
  readonly end: string;
  /** What an import of the text would read differently, by field. */
  losses(): readonly string[];
}

/** Opens a writer of rows; JSON and JSON lines hold everything exactly, in the forms of VA6. */
export function openTableWriter(format: RowFormat, table: TableDefinition): TableWriter {
  switch (format) {
    case "jsonl":
      return { begin: "", row: (text) => `${text}\n`, end: "", losses: () => [] };
    case "json":
      return { begin: "[", row: (text, at) => `${at === 0 ? "" : ","}\n${text}`, end: "\n]\n", losses: () => [] };
    case "csv":
      return openCsvWriter(table);
  }
}

/** The declared fields are the columns; each cell is judged by what an import would make of it. */
function openCsvWriter(table: TableDefinition): TableWriter {
  const shape = shapeOf(table.validator);
  const names = ["_id", "_creationTime", ...fieldsOf(shape)];
  const known = new Set(names);
  const columns = names.map((name) => ({ name, shape: shapeOfField(shape, name) }));
  const lostByField = new Map<string, { count: number; readonly firstId: string }>();
  const lose = (field: string, id: string): void => {
    const lost = lostByField.get(field) ?? { count: 0, firstId: id };
    lost.count += 1;
    lostByField.set(field, lost);
  };
  return {
    begin: `${names.map(quoted).join(",")}\n`,
    row: (text) => {
      const document = parseValue(text);
      if (!isPlainObject(document)) return "\n";
      const id = typeof document["_id"] === "string" ? document["_id"] : "";
      for (const field of Object.keys(document)) if (!known.has(field)) lose(field, id);
      const cells = columns.map((column) => {
        const value = document[column.name] as Value | undefined;
        const cell = cellOf(value);
        if (!isReadBack(cell, value, column.shape)) lose(column.name, id);
        return quoted(cell);
      });
      return `${cells.join(",")}\n`;
    },
    end: "",
    losses: () =>
      [...lostByField].map(([field, { count, firstId }]) => `"${field}" of ${count} documents, first in ${firstId}`),
  };
}

/** The fields that a row of the table can have, as far as its validator names them. */
function fieldsOf(shape: ValidatorShape): readonly string[] {
  if (shape.kind === "object") return Object.keys(shape.fields);
  if (shape.kind === "union") return [...new Set(shape.members.flatMap(fieldsOf))];
  return [];
}

function cellOf(value: Value | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "string") return value;
  if (typeof value === "bigint") return String(value);
  return JSON.stringify(encodeValue(value));
}

function isReadBack(cell: string, value: Value | undefined, shape: ValidatorShape | undefined): boolean {
  const read = parseCell(cell, shape);
  if (read.kind === "wrong") return false;
  if (read.value === undefined || value === undefined) return read.value === value;
  return equalValues(read.value, value);
}

function quoted(cell: string): string {
  return /[",\n\r]|^\s|\s$/u.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
