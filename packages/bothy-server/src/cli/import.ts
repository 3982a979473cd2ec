import { basename, extname, resolve } from "node:path";
import { BothyError, decodeValue, validatorFromJson } from "bothy/internal";
import type { Validator } from "bothy/internal";
import { openAdminConnection } from "../server/index.ts";
import type { AdminConnection } from "../server/index.ts";
import { insertRows } from "./insert-rows.ts";
import { partsOptionsOf } from "./options.ts";
import type { TargetOptions } from "./options.ts";
import type { Output } from "./output.ts";
import { parseRows } from "./parse-rows.ts";
import type { RowFormat } from "./parse-rows.ts";
import { readStandardInput } from "../base/index.ts";

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
  const bytes = file === "-" ? await readStandardInput() : await parts.world.disk.read(resolve(file));
  if (bytes === undefined) {
    throw new BothyError("import_invalid", { message: `There is no file ${file}.`, fix: "Check the path." });
  }
  const admin = await openAdminConnection(parts);
  try {
    const validator = await validatorOf(admin, options.table);
    const documents = parseRows(bytes, format, validator);
    const label = basename(file);
    await insertRows({
      admin,
      clock: parts.world.clock,
      table: options.table,
      documents,
      onProgress: (at) => output.progress(label, at.done, at.total, at.perSecond),
    });
    const inserted = { table: options.table, inserted: documents.length };
    if (output.isJson) output.print(JSON.stringify(inserted));
    else output.say(`Imported ${documents.length} rows into "${options.table}".`);
  } finally {
    await admin.close();
  }
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

async function validatorOf(admin: AdminConnection, table: string): Promise<Validator> {
  const tables = decodeValue(await admin.call("_system/tables:listTables", {}));
  const names: string[] = [];
  for (const entry of Array.isArray(tables) ? tables : []) {
    if (typeof entry !== "object" || entry === null || entry instanceof ArrayBuffer || Array.isArray(entry)) continue;
    const { name, validator } = entry;
    if (typeof name !== "string" || typeof validator !== "string") continue;
    if (name === table) return validatorFromJson(JSON.parse(validator));
    names.push(name);
  }
  throw new BothyError("table_missing", {
    message: `The schema has no table "${table}".`,
    fix: names.length === 0 ? "Declare it in bothy/schema.ts." : `Use one of: ${names.join(", ")}.`,
  });
}
