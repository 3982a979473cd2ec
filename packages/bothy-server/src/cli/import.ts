import { basename } from "node:path";
import { assert, BothyError, schemaFromJson } from "bothy/internal";
import type { Schema } from "bothy/internal";
import { askTerminal } from "../base/index.ts";
import { openAdminConnection } from "../server/index.ts";
import type { AdminConnection, ImportJournal } from "../server/index.ts";
import { openSource } from "./import-source.ts";
import type { ImportSource } from "./import-source.ts";
import { partsOptionsOf } from "./options.ts";
import type { TargetOptions } from "./options.ts";
import type { Output } from "./output.ts";
import type { RowFormat } from "./parse-rows.ts";
import { patientAdmin } from "./patient-admin.ts";
import { beginImport, checkSource, readUnfinished, runImport, takeBack } from "./run-import.ts";
import type { ImportParts, ImportPlan } from "./run-import.ts";

export interface ImportOptions extends TargetOptions {
  readonly table?: readonly string[];
  readonly format?: RowFormat;
  readonly append?: boolean;
  readonly replace?: boolean;
  readonly replaceAll?: boolean;
  readonly resume?: boolean;
  readonly undo?: boolean;
  readonly yes?: boolean;
}

/**
 * Imports rows into a table, or an archive into its tables. Everything is read and checked first: if one row is wrong,
 * nothing is written. What is written stands in the database as an import until it is over, so none is ever half done unnoticed.
 */
export async function importFile(file: string | undefined, options: ImportOptions, output: Output): Promise<void> {
  const task = taskOf(file, options);
  const parts = await partsOptionsOf(options, 1, output);
  const { clock, disk } = parts.world;
  const admin = patientAdmin(await openAdminConnection(parts), clock);
  try {
    const unfinished = await readUnfinished(admin);
    if (task.kind === "undo") return await undo(admin, unfinished, output);
    const schema = await readSchema(admin);
    const source = await openSource({ ...options, disk, schema, file: task.file, tables: options.table ?? [] });
    try {
      let perSecond = 0;
      const importParts: ImportParts = {
        admin,
        clock,
        onProgress: (at) => {
          perSecond = Math.round(at.perSecond);
          output.progress(basename(source.name), at);
        },
      };
      const journal = task.isResumed ? resumed(unfinished, source) : undefined;
      const before = journal?.done ?? 0;
      await (journal === undefined
        ? importAnew(importParts, source, { options, schema, unfinished, output })
        : runImport(importParts, source, journal));
      tell(output, source, { perSecond, before });
    } finally {
      source.close();
    }
  } finally {
    await admin.close();
  }
}

type Task = { readonly kind: "undo" } | { readonly kind: "import"; readonly file: string; readonly isResumed: boolean };

function taskOf(file: string | undefined, options: ImportOptions): Task {
  const { append, replace, replaceAll, resume = false, undo: isUndo = false } = options;
  const ways = [append, replace, replaceAll, resume, isUndo].filter((one) => one === true);
  if (ways.length > 1) throw usage("--append, --replace, --replace-all, --resume and --undo exclude each other.");
  if (isUndo && file !== undefined) throw usage("--undo takes back what stands in the database, and takes no file.");
  if (isUndo) return { kind: "undo" };
  if (file === undefined) throw usage('An import needs a file, or "-" for standard input.');
  return { kind: "import", file, isResumed: resume };
}

function usage(message: string): BothyError {
  return new BothyError("usage_invalid", { message, fix: "Add --help for the options of import." });
}

async function undo(admin: AdminConnection, journal: ImportJournal | undefined, output: Output): Promise<void> {
  if (journal === undefined) throw nothingUnfinished();
  await takeBack(admin, journal);
  if (output.isJson) output.print(JSON.stringify({ undone: journal.name, documents: journal.done }));
  else output.say(`Took back the import of ${journal.name}: ${journal.done} documents were in.`);
}

function nothingUnfinished(): BothyError {
  return new BothyError("not_found", {
    message: "No import is unfinished in this deployment.",
    fix: "Import the file without --resume or --undo.",
  });
}

function resumed(journal: ImportJournal | undefined, source: ImportSource): ImportJournal {
  if (journal === undefined) throw nothingUnfinished();
  if (journal.state === "writing" && journal.sha256 === source.sha256) return journal;
  throw new BothyError("import_invalid", {
    message:
      journal.state === "undoing"
        ? `The import of ${journal.name} is being taken back.`
        : `${source.name} is not the file, with the tables, of the import that was interrupted: ${journal.name}.`,
    fix:
      journal.state === "undoing"
        ? 'Complete that with "bothy import --undo".'
        : 'Name that very file and the same --table, or take the import back with "bothy import --undo".',
  });
}

interface Anew {
  readonly options: ImportOptions;
  readonly schema: Schema;
  readonly unfinished: ImportJournal | undefined;
  readonly output: Output;
}

async function importAnew(parts: ImportParts, source: ImportSource, anew: Anew): Promise<void> {
  const { options, schema, unfinished, output } = anew;
  const plan = planOf(options, source, schema);
  // Said before the whole file is read; the server says it again.
  if (unfinished === undefined) {
    await checkSource(parts, source, plan);
    await confirm(plan, options, output);
  }
  await runImport(parts, source, await beginImport(parts.admin, source, plan));
}

function planOf({ replace, replaceAll }: ImportOptions, source: ImportSource, schema: Schema): ImportPlan {
  if (replaceAll === true) return { mode: "replace", replaced: Object.keys(schema.tables) };
  if (replace === true) return { mode: "replace", replaced: source.tables.map(({ name }) => name) };
  return { mode: "append", replaced: [] };
}

async function confirm({ mode, replaced }: ImportPlan, { yes }: ImportOptions, output: Output): Promise<void> {
  if (mode !== "replace" || yes === true) return;
  const what = `This replaces all documents of ${replaced.map((name) => `"${name}"`).join(", ")}.`;
  const answer = output.isJson ? undefined : await askTerminal(`${what} Go on? [y/N] `);
  if (answer !== undefined && /^y(?:es)?$/iu.test(answer.trim())) return;
  throw new BothyError("usage_invalid", {
    message: answer === undefined ? what : "Nothing was imported.",
    fix: answer === undefined ? "Add --yes if that is what you want." : "Import with --append to keep what is there.",
  });
}

function tell(
  output: Output,
  { isArchive, tables }: ImportSource,
  { perSecond, before }: { readonly perSecond: number; readonly before: number },
): void {
  const imported = tables.reduce((sum, { count }) => sum + count, 0);
  const [only] = tables;
  if (output.isJson) {
    const counts = Object.fromEntries(tables.map((table) => [table.name, table.count]));
    const into = isArchive ? { tables: counts } : { table: only?.name };
    return output.print(JSON.stringify({ ...into, inserted: imported, perSecond }));
  }
  const where = tables.length === 1 && only !== undefined ? `"${only.name}"` : `${tables.length} tables`;
  const earlier = before > 0 ? `, ${before} of them before it was interrupted` : "";
  output.say(`Imported ${imported} rows into ${where}${earlier} (${perSecond} rows/s).`);
}

async function readSchema(admin: AdminConnection): Promise<Schema> {
  const text = await admin.call("_system/tables:readSchema", {});
  assert(typeof text === "string", "a schema is passed on as text");
  return schemaFromJson(JSON.parse(text));
}
