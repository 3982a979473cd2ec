import { dirname, extname, resolve } from "node:path";
import { BothyError, tableOf, schemaFromJson } from "bothy/internal";
import { readExport, writeArchive } from "../archive/index.ts";
import { openZipWriter, writeStandardOutput } from "../base/index.ts";
import type { Disk } from "../base/index.ts";
import { openAdminConnection } from "../server/index.ts";
import type { AdminConnection } from "../server/index.ts";
import { partsOptionsOf } from "./options.ts";
import type { TargetOptions } from "./options.ts";
import type { Output } from "./output.ts";
import { openTableWriter } from "./table-writer.ts";
import type { RowFormat } from "./parse-rows.ts";

export interface ExportOptions extends TargetOptions {
  readonly table?: readonly string[];
  readonly format?: RowFormat;
}

/** Writes the documents of one version: all tables into an archive, or a single one as rows. */
export async function exportTo(file: string | undefined, options: ExportOptions, output: Output): Promise<void> {
  const extension = file === undefined ? "" : extname(file).slice(1).toLowerCase();
  const format = options.format ?? (extension === "zip" ? "zip" : formatOf(extension, file));
  const isToStandardOutput = file === undefined || file === "-";
  if (format === "zip" && isToStandardOutput) throw needsFile();
  const tables = options.table;
  if (format !== "zip" && tables?.length !== 1) throw needsTable(format);
  const parts = await partsOptionsOf(options, 1, output);
  const { disk } = parts.world;
  const path = isToStandardOutput ? undefined : resolve(file);
  if (path !== undefined) await mustBeNew(disk, path);
  const admin = await openAdminConnection(parts);
  try {
    if (format === "zip" && path !== undefined) return await exportArchive(admin, path, tables, output);
    if (format !== "zip") return await exportRows(admin, { disk, path, format, tables: tables ?? [] }, output);
  } finally {
    await admin.close();
  }
}

function formatOf(extension: string, file: string | undefined): RowFormat {
  if (extension === "csv" || extension === "json" || extension === "jsonl") return extension;
  if (extension === "ndjson") return "jsonl";
  throw new BothyError("usage_invalid", {
    message: file === undefined ? "An export needs a file or a format." : `The name ${file} does not tell its format.`,
    fix: "Name a file that ends in .zip, or give --table with --format csv, json or jsonl.",
  });
}

function needsFile(): BothyError {
  return new BothyError("usage_invalid", {
    message: "An archive goes into a file.",
    fix: "Name one that ends in .zip.",
  });
}

function needsTable(format: RowFormat): BothyError {
  return new BothyError("usage_invalid", {
    message: `One table at a time is written as ${format}.`,
    fix: "Name it with --table, or export all of them into a file that ends in .zip.",
  });
}

async function mustBeNew(disk: Disk, path: string): Promise<void> {
  if ((await disk.stat(path)) !== undefined) {
    throw new BothyError("usage_invalid", {
      message: `${path} is there already.`,
      fix: "Name a new file, or remove this one.",
    });
  }
  if ((await disk.stat(dirname(path)))?.isFolder === true) return;
  throw new BothyError("usage_invalid", {
    message: `There is no folder ${dirname(path)}.`,
    fix: "Make it, or name another file.",
  });
}

async function exportArchive(
  admin: AdminConnection,
  path: string,
  tables: readonly string[] | undefined,
  output: Output,
): Promise<void> {
  const zip = await openZipWriter(path);
  try {
    const manifest = await writeArchive(zip, admin.exportLines(tables), ({ name, documents }) =>
      output.say(`  ${name}: ${documents} documents`),
    );
    await zip.finish();
    const documents = manifest.tables.reduce((sum, table) => sum + table.documents, 0);
    const { version } = manifest;
    if (output.isJson) output.print(JSON.stringify({ file: path, version, tables: manifest.tables.length, documents }));
    else
      output.say(
        `Exported ${documents} documents of ${manifest.tables.length} tables, as of version ${version}, to ${path}.`,
      );
  } catch (error) {
    await zip.abandon();
    throw error;
  }
}

interface RowsExport {
  readonly disk: Disk;
  readonly path: string | undefined;
  readonly format: RowFormat;
  readonly tables: readonly string[];
}

async function exportRows(
  admin: AdminConnection,
  { disk, path, format, tables }: RowsExport,
  output: Output,
): Promise<void> {
  const { head, tables: exported } = await readExport(admin.exportLines(tables));
  const schema = schemaFromJson(head.schema);
  const sink = path === undefined ? standardSink() : await openFileSink(disk, path);
  let [count, lossy]: [number, readonly string[]] = [0, []];
  try {
    for await (const { name, documents } of exported()) {
      const writer = openTableWriter(format, tableOf(schema, name));
      await sink.write(writer.begin);
      for await (const text of documents()) if (!(await sink.write(writer.row(text, count++)))) return;
      await sink.write(writer.end);
      lossy = writer.losses();
    }
    await sink.finish();
  } catch (error) {
    await sink.abandon();
    throw error;
  }
  if (output.isJson && path !== undefined)
    output.print(JSON.stringify({ file: path, version: head.version, documents: count, lossy }));
  output.say(`Exported ${count} documents of "${tables[0]}", as of version ${head.version}.`);
  if (lossy.length > 0)
    output.say(`CSV can't hold everything exactly; import would read these differently:\n  ${lossy.join("\n  ")}`);
}

/** Where rows go. */
interface Sink {
  /** False when nobody wants any more. */
  write(text: string): Promise<boolean>;
  finish(): Promise<void>;
  abandon(): Promise<void>;
}

const bufferedCharacters = 256 * 1024;

/** Gathers small texts into large ones. */
function buffered(pass: (text: string) => Promise<boolean>): { write: Sink["write"]; flush(): Promise<boolean> } {
  let waiting = "";
  const flush = (): Promise<boolean> => {
    const text = waiting;
    waiting = "";
    return pass(text);
  };
  return {
    write: async (text) => {
      waiting += text;
      return waiting.length < bufferedCharacters || (await flush());
    },
    flush,
  };
}

function standardSink(): Sink {
  const { write, flush } = buffered(writeStandardOutput);
  return { write, finish: async () => void (await flush()), abandon: async () => undefined };
}

/** A file that gets its name once it is whole. */
async function openFileSink(disk: Disk, path: string): Promise<Sink> {
  const temporary = `${path}.partial`;
  await disk.remove(temporary);
  const file = await disk.openAppend(temporary);
  const { write, flush } = buffered(async (text) => {
    await file.append(new TextEncoder().encode(text));
    return true;
  });
  return {
    write,
    finish: async () => {
      await flush();
      await file.sync();
      await file.close();
      await disk.rename(temporary, path);
    },
    abandon: async () => {
      await file.close();
      await disk.remove(temporary);
    },
  };
}
