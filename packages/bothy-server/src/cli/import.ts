import { basename, extname, resolve } from "node:path";
import { assert, BothyError, schemaFromJson } from "bothy/internal";
import type { TableDefinition } from "bothy/internal";
import { readStandardInput } from "../base/index.ts";
import type { Disk } from "../base/index.ts";
import { openAdminConnection } from "../server/index.ts";
import type { AdminConnection } from "../server/index.ts";
import { insertRows } from "./insert-rows.ts";
import { partsOptionsOf } from "./options.ts";
import type { TargetOptions } from "./options.ts";
import type { Output } from "./output.ts";
import { parseRows } from "./parse-rows.ts";
import type { RowFormat } from "./parse-rows.ts";

export interface ImportOptions extends TargetOptions {
  readonly table: string;
  readonly format?: RowFormat;
}

/**
 * Inserts a file's rows into a table. The whole file is read and checked against the table's validator first: if one
 * row is wrong, nothing is written.
 */
export async function importFile(file: string, options: ImportOptions, output: Output): Promise<void> {
  const format = options.format ?? formatOf(file);
  const parts = await partsOptionsOf(options, 1, output);
  const bytes = file === "-" ? await readStandardInput() : await readFile(parts.world.disk, file);
  const admin = await openAdminConnection(parts);
  try {
    const table = await tableIn(admin, options.table);
    const documents = parseRows(bytes, format, table);
    const label = file === "-" ? "standard input" : basename(file);
    let perSecond = 0;
    await insertRows({
      admin,
      clock: parts.world.clock,
      table: table.name,
      documents,
      onProgress: (at) => {
        perSecond = Math.round(at.perSecond);
        output.progress(label, at);
      },
    });
    if (output.isJson) output.print(JSON.stringify({ table: table.name, inserted: documents.length, perSecond }));
    else output.say(`Imported ${documents.length} rows into "${table.name}" (${perSecond} rows/s).`);
  } finally {
    await admin.close();
  }
}

async function readFile(disk: Disk, file: string): Promise<Uint8Array> {
  const path = resolve(file);
  const found = await disk.stat(path);
  if (found === undefined || found.isFolder) {
    throw new BothyError("import_invalid", {
      message: found === undefined ? `There is no file ${path}.` : `${path} is a folder.`,
      fix: 'Name a file, or "-" for standard input.',
    });
  }
  return (await disk.read(path)) ?? new Uint8Array();
}

function formatOf(file: string): RowFormat {
  const extension = extname(file).slice(1).toLowerCase();
  if (extension === "csv" || extension === "json" || extension === "jsonl") return extension;
  if (extension === "ndjson") return "jsonl";
  throw new BothyError("usage_invalid", {
    message: `The name ${file} does not tell its format.`,
    fix: "Add --format csv, --format json or --format jsonl.",
  });
}

async function tableIn(admin: AdminConnection, name: string): Promise<TableDefinition> {
  const text = await admin.call("_system/tables:readSchema", {});
  assert(typeof text === "string", "a schema is passed on as text");
  const schema = schemaFromJson(JSON.parse(text));
  const table = Object.hasOwn(schema.tables, name) ? schema.tables[name] : undefined;
  if (table !== undefined) return table;
  const names = Object.keys(schema.tables);
  throw new BothyError("table_missing", {
    message: `The schema has no table "${name}".`,
    fix: names.length === 0 ? "Declare it in bothy/schema.ts." : `Use one of: ${names.join(", ")}.`,
  });
}
