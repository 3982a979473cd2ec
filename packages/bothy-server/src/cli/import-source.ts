import { createHash } from "node:crypto";
import { basename, extname, resolve } from "node:path";
import { BothyError, parseValue } from "bothy/internal";
import type { Schema, TableDefinition, Value } from "bothy/internal";
import { openArchive } from "../archive/index.ts";
import type { Archive, ArchiveTable } from "../archive/index.ts";
import { readStandardInput } from "../base/index.ts";
import type { Disk } from "../base/index.ts";
import { problemOfRepetition, problemOfRow } from "./check-row.ts";
import { importProblems, parseRows, problemsShownMax } from "./parse-rows.ts";
import type { RowFormat } from "./parse-rows.ts";

/** A row and the table that it goes into. */
export interface SourceRow {
  readonly table: string;
  readonly value: Value;
}

/** What is imported: a file of rows, or an archive. */
export interface ImportSource {
  /** What was typed. */
  readonly name: string;
  /** Names the content and the tables taken from it: only the same ones go on with an import. */
  readonly sha256: string;
  readonly isArchive: boolean;
  readonly tables: readonly { readonly name: string; readonly count: number }[];
  /** All rows in an order that is always the same; the first pass over an archive checks each of them. */
  rows(): AsyncIterable<SourceRow>;
  close(): void;
}

/** What a source is opened with. */
export interface SourceRequest {
  readonly disk: Disk;
  readonly schema: Schema;
  /** Path, or "-" for standard input. */
  readonly file: string;
  /** The tables that were named; none: all of an archive. */
  readonly tables: readonly string[];
  readonly format?: RowFormat;
}

/** Opens what is to be imported; a file of rows is read and checked whole, an archive in its first pass. */
export async function openSource(request: SourceRequest): Promise<ImportSource> {
  const { file } = request;
  const format = request.format ?? (extname(file).toLowerCase() === ".zip" ? "zip" : formatOf(file));
  return format === "zip" ? await openArchiveSource(request) : await openRowsSource(request, format);
}

function formatOf(file: string): RowFormat {
  const extension = extname(file).slice(1).toLowerCase();
  if (extension === "csv" || extension === "json" || extension === "jsonl") return extension;
  if (extension === "ndjson") return "jsonl";
  throw new BothyError("usage_invalid", {
    message: `The name ${file} does not tell its format.`,
    fix: "Add --format csv, --format json or --format jsonl; an archive ends in .zip.",
  });
}

async function openRowsSource(request: SourceRequest, format: RowFormat): Promise<ImportSource> {
  const { file, schema, tables, disk } = request;
  const [name] = tables;
  if (name === undefined || tables.length > 1) {
    throw new BothyError("usage_invalid", {
      message: `A ${format} file is imported into one table.`,
      fix: "Name it with --table.",
    });
  }
  const table = tableIn(schema, name);
  const bytes = file === "-" ? await readStandardInput() : await readWhole(disk, file);
  const rows = parseRows(bytes, format, { schema, table });
  return {
    name: file === "-" ? "standard input" : file,
    sha256: identityOf(createHash("sha256").update(bytes).digest("hex"), tables),
    isArchive: false,
    tables: [{ name, count: rows.length }],
    rows: async function* () {
      for (const value of rows) yield { table: name, value };
    },
    close: () => undefined,
  };
}

async function openArchiveSource({ file, schema, tables: named, disk }: SourceRequest): Promise<ImportSource> {
  if (file === "-") {
    throw new BothyError("usage_invalid", {
      message: "An archive is not read from standard input: its directory stands at its end.",
      fix: "Name the file.",
    });
  }
  const path = resolve(file);
  await mustBeFile(disk, path);
  const archive = await openArchive(path);
  try {
    const tables = chosenTables(archive, schema, named);
    return {
      name: file,
      sha256: identityOf(
        await hashOf(disk, path),
        tables.map(({ name }) => name),
      ),
      isArchive: true,
      tables: tables.map(({ name, documents }) => ({ name, count: documents })),
      rows: () => archiveRows(archive, schema, tables),
      close: archive.close,
    };
  } catch (error) {
    archive.close();
    throw error;
  }
}

function chosenTables(archive: Archive, schema: Schema, named: readonly string[]): readonly ArchiveTable[] {
  const { tables } = archive.manifest;
  for (const name of named) {
    if (tables.some((table) => table.name === name)) continue;
    throw new BothyError("table_missing", {
      message: `The archive has no table "${name}".`,
      fix: `Use one of: ${tables.map((table) => table.name).join(", ")}.`,
    });
  }
  const chosen = named.length === 0 ? tables : tables.filter(({ name }) => named.includes(name));
  for (const { name } of chosen) tableIn(schema, name);
  return chosen;
}

/** Each line is checked here, so that the first pass finds what is wrong before the first row is written. */
async function* archiveRows(
  archive: Archive,
  schema: Schema,
  tables: readonly ArchiveTable[],
): AsyncGenerator<SourceRow> {
  const problems: string[] = [];
  let problemCount = 0;
  for (const table of tables) {
    const ids = new Set<string>();
    for await (const { line, text } of archive.documents(table)) {
      const place = `${table.name}, line ${line}`;
      const { value, problem } = readLine(schema, table.name, text, ids);
      if (problem !== undefined && ++problemCount <= problemsShownMax) problems.push(`${place}: ${problem}`);
      if (problem === undefined) yield { table: table.name, value };
    }
  }
  if (problemCount > 0) throw importProblems(problems, problemCount);
}

function readLine(
  schema: Schema,
  table: string,
  text: string,
  ids: Set<string>,
): { readonly value: Value; readonly problem?: string } {
  let value: Value;
  try {
    value = parseValue(text);
  } catch (error) {
    return { value: null, problem: error instanceof Error ? error.message : String(error) };
  }
  const problem = problemOfRow(schema, table, value) ?? problemOfRepetition(value, ids);
  return problem === undefined ? { value } : { value, problem };
}

function identityOf(contentSha256: string, tables: readonly string[]): string {
  return createHash("sha256")
    .update(JSON.stringify([contentSha256, tables]))
    .digest("hex");
}

const hashedAtOnceBytes = 1_048_576;

async function hashOf(disk: Disk, path: string): Promise<string> {
  const hash = createHash("sha256");
  for (let at = 0; ;) {
    const piece = await disk.readAt(path, at, hashedAtOnceBytes);
    if (piece.length === 0) return hash.digest("hex");
    hash.update(piece);
    at += piece.length;
  }
}

async function mustBeFile(disk: Disk, path: string): Promise<void> {
  const found = await disk.stat(path);
  if (found !== undefined && !found.isFolder) return;
  throw new BothyError("import_invalid", {
    message: found === undefined ? `There is no file ${path}.` : `${basename(path)} is a folder: ${path}.`,
    fix: 'Name a file, or "-" for standard input.',
  });
}

async function readWhole(disk: Disk, file: string): Promise<Uint8Array> {
  const path = resolve(file);
  await mustBeFile(disk, path);
  return (await disk.read(path)) ?? new Uint8Array();
}

function tableIn(schema: Schema, name: string): TableDefinition {
  const table = Object.hasOwn(schema.tables, name) ? schema.tables[name] : undefined;
  if (table !== undefined) return table;
  const names = Object.keys(schema.tables);
  throw new BothyError("table_missing", {
    message: `The schema has no table "${name}".`,
    fix: names.length === 0 ? "Declare it in bothy/schema.ts." : `Use one of: ${names.join(", ")}.`,
  });
}
