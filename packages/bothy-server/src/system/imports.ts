import {
  BothyError,
  checkDocument,
  createCreationTimes,
  documentKeys,
  encodeKeyElement,
  hexOfBytes,
  isIdOf,
  keyAfterPrefix,
  makeId,
  parseValue,
  stringifyValue,
  tableOf,
  v,
  validate,
} from "bothy/internal";
import type { Document, KeyRange, Schema, TableDefinition } from "bothy/internal";
import type { DocumentWrite, Engine, StoredDocument } from "../engine/index.ts";
import { idBytes } from "./id-bytes.ts";
import { commitStep, getJournal, journalRecord, readJournal, readStep, stepRecord } from "./import-journal.ts";
import type { ImportJournal, UndoStep } from "./import-journal.ts";
import { engineFunction } from "./system-function.ts";
import { assertAppTable } from "./tables.ts";

/** One step writes at most about this much text, what it replaces and what it keeps for taking it back included. */
const stepCharactersMax = 4 * 1_048_576;
const stepDocumentsMax = 500;
const clearedAtOnce = 1_000;

/** The import that is under way or was cut off, as JSON text; null if there is none. */
export const readImport = engineFunction({
  name: "_system/imports:read",
  args: v.object({}),
  run: async ({ engine }) => {
    const journal = readJournal(engine);
    return { value: journal === undefined ? null : JSON.stringify(journal), version: engine.version };
  },
});

/** Begins an import; there is one at a time. Returns its id. */
export const beginImport = engineFunction({
  name: "_system/imports:begin",
  args: v.object({
    name: v.string(),
    sha256: v.string(),
    mode: v.union(v.literal("append"), v.literal("replace"), v.literal("seed")),
    replaced: v.array(v.string()),
    total: v.number(),
  }),
  run: async ({ engine, world }, args) => {
    for (const table of args.replaced) assertAppTable(engine.schema, table);
    const other = readJournal(engine);
    if (other !== undefined) throw underWay(other);
    const id = hexOfBytes(world.random.bytes(16));
    const counts = { done: 0, steps: 0, since: engine.version } as const;
    const journal: ImportJournal = { ...args, ...counts, id, state: "writing", startedMs: world.clock.nowMs() };
    return { value: id, version: commitStep(engine, [], [journalRecord(journal)]) };
  },
});

/** The error for an import while another one stands in the database. */
function underWay({ name, done, total }: ImportJournal): BothyError {
  return new BothyError("import_invalid", {
    message: `The import of ${name} is under way or was interrupted: ${done} of ${total} documents are in.`,
    fix: `If no other process is at it: "bothy import ${name} --resume" finishes it, "bothy import --undo" takes it back.`,
  });
}

/**
 * Writes the next documents of an import, whose first is the one after `done`, and returns how many are done then and
 * their ids: a step takes as many as fit into one commit. Without `_id` and `_creationTime` they are made.
 */
export const writeImport = engineFunction({
  name: "_system/imports:write",
  args: v.object({
    id: v.string(),
    done: v.number(),
    table: v.string(),
    documents: v.array(v.record(v.string(), v.any())),
  }),
  run: async ({ engine, world }, { id, done, table: name, documents }) => {
    const journal = getJournal(engine, id, ["writing"]);
    if (journal.done !== done) throw overtaken(journal, done);
    assertAppTable(engine.schema, name);
    const table = tableOf(engine.schema, name);
    const [times, seed] = [createCreationTimes(world.clock.nowMs()), world.random.bytes(12)];
    const writes: DocumentWrite[] = [];
    const undo: [string, string, string | null][] = [];
    const seen = new Set<string>();
    let characters = 0;
    for (const [k, given] of documents.entries()) {
      const document = { _id: makeId(name, idBytes(seed, k)), _creationTime: times(), ...given } as Document;
      checkRow(table, document);
      const before = findDocument(engine, name, document._id);
      if ((before !== undefined && journal.mode !== "replace") || seen.has(document._id))
        throw idTaken(name, document._id);
      const write = writeOf(engine.schema, { table: name, id: document._id, document, before });
      characters += (write.text?.length ?? 0) + (before?.text.length ?? 0);
      if (writes.length > 0 && characters > stepCharactersMax) break;
      seen.add(document._id);
      writes.push(write);
      undo.push([name, document._id, before?.text ?? null]);
    }
    const next = { ...journal, done: done + writes.length, steps: journal.steps + 1 };
    const version = commitStep(engine, writes, [journalRecord(next), stepRecord(journal.steps, undo)]);
    return { value: { done: next.done, ids: writes.map((write) => write.id) }, version };
  },
});

/** Removes documents of a replaced table that were there before the import and are not in it, from an id on. */
export const sweepImport = engineFunction({
  name: "_system/imports:sweep",
  args: v.object({ id: v.string(), table: v.string(), after: v.union(v.string(), v.null()) }),
  run: async ({ engine }, { id, table: name, after }) => {
    const journal = getJournal(engine, id, ["writing"]);
    if (journal.done !== journal.total || !journal.replaced.includes(name)) throw overtaken(journal, journal.done);
    const lower = after === null ? "" : `${encodeKeyElement(after)}\0`;
    const { documents, isWhole } = engine.read(byId(name, lower, keyEnd), "asc", stepDocumentsMax);
    const writes: DocumentWrite[] = [];
    const undo: [string, string, string | null][] = [];
    let [characters, last] = [0, after];
    for (const before of documents) {
      if (characters > stepCharactersMax) break;
      last = before.id;
      // What the import or anybody since has written stays.
      if (before.version > journal.since) continue;
      characters += before.text.length;
      writes.push(writeOf(engine.schema, { table: name, id: before.id, document: null, before }));
      undo.push([name, before.id, before.text]);
    }
    const isLast = isWhole && last === (documents.at(-1)?.id ?? after);
    const value = { after: isLast ? null : last, removed: writes.length };
    if (writes.length === 0) return { value, version: engine.version };
    const next = { ...journal, steps: journal.steps + 1 };
    return { value, version: commitStep(engine, writes, [journalRecord(next), stepRecord(journal.steps, undo)]) };
  },
});

/** Ends an import whose documents are all in: from the first commit on it is complete, whatever happens. */
export const finishImport = engineFunction({
  name: "_system/imports:finish",
  args: v.object({ id: v.string() }),
  run: async ({ engine }, { id }) => {
    let journal = getJournal(engine, id, ["writing", "complete"]);
    if (journal.done !== journal.total && journal.mode !== "seed") throw overtaken(journal, journal.done);
    let version = commitStep(engine, [], [journalRecord((journal = { ...journal, state: "complete" }))]);
    while (journal.steps > 0) {
      const from = Math.max(0, journal.steps - clearedAtOnce);
      const cleared = Array.from({ length: journal.steps - from }, (_, at) => stepRecord(from + at, null));
      journal = { ...journal, steps: from };
      version = commitStep(engine, [], [journalRecord(journal), ...cleared]);
      await engine.whenDurable(version);
    }
    return { value: null, version: commitStep(engine, [], [journalRecord(null)]) };
  },
});

/** Takes the last step of an import back; returns how many are left. With none left the import is over. */
export const undoImport = engineFunction({
  name: "_system/imports:undo",
  args: v.object({ id: v.string() }),
  run: async ({ engine }, { id }) => {
    const journal = getJournal(engine, id, ["writing", "undoing"]);
    if (journal.steps === 0) return { value: 0, version: commitStep(engine, [], [journalRecord(null)]) };
    const steps = journal.steps - 1;
    const writes = undoWrites(engine, readStep(engine, steps));
    const next = { ...journal, steps, state: "undoing" } as const;
    const record = journalRecord(steps === 0 ? null : next);
    return { value: steps, version: commitStep(engine, writes, [record, stepRecord(steps, null)]) };
  },
});

function undoWrites(engine: Engine, changes: UndoStep): DocumentWrite[] {
  return changes.flatMap(([table, id, text]) => {
    const before = findDocument(engine, table, id);
    // Somebody has deleted since what was not there before.
    if (before === undefined && text === null) return [];
    const document = text === null ? null : (parseValue(text) as Document);
    return [writeOf(engine.schema, { table, id, document, before })];
  });
}

/** Tells which of some ids of a table are taken. */
export const findTaken = engineFunction({
  name: "_system/imports:findTaken",
  args: v.object({ table: v.string(), ids: v.array(v.string()) }),
  run: async ({ engine }, { table, ids }) => {
    assertAppTable(engine.schema, table);
    return {
      value: ids.filter((id) => findDocument(engine, table, id) !== undefined),
      version: engine.version,
    };
  },
});

// No element of a key begins with this byte.
const keyEnd = "\u00ff";

function byId(table: string, lower: string, upper: string): KeyRange {
  return { table, index: "by_id", equalities: 0, lower, upper };
}

function findDocument(engine: Engine, table: string, id: string): StoredDocument | undefined {
  const key = encodeKeyElement(id);
  return engine.read(byId(table, key, keyAfterPrefix(key)), "asc", 1).documents[0];
}

function checkRow(table: TableDefinition, document: Document): void {
  const { _id, _creationTime } = document;
  if (typeof _id !== "string" || !isIdOf(table.name, _id)) {
    throw new BothyError("id_invalid", {
      message: `${JSON.stringify(_id)} is no id of table "${table.name}".`,
      fix: "Leave _id out, or give ids of this table.",
    });
  }
  if (typeof _creationTime !== "number" || !(_creationTime >= 0 && _creationTime < Number.POSITIVE_INFINITY)) {
    throw new BothyError("document_invalid", {
      message: `The _creationTime of ${_id} is no time.`,
      fix: "Leave it out, or give milliseconds since 1970.",
    });
  }
  validate(table.documentValidator, document, "document_invalid", table.name);
  checkDocument(table.name, document);
}

interface Change {
  readonly table: string;
  readonly id: string;
  /** null: deleted. */
  readonly document: Document | null;
  readonly before: StoredDocument | undefined;
}

function writeOf(schema: Schema, { table: name, id, document, before }: Change): DocumentWrite {
  const table = tableOf(schema, name);
  return {
    table: name,
    id,
    text: document === null ? null : stringifyValue(document),
    before: before === undefined ? null : documentKeys(table, parseValue(before.text) as Document),
    after: document === null ? null : documentKeys(table, document),
  };
}

function idTaken(table: string, id: string): BothyError {
  return new BothyError("document_exists", {
    message: `Table "${table}" has a document ${id} already.`,
    fix: "Import with --replace to put the file's documents in place of the table's, or leave _id out.",
  });
}

function overtaken({ name, done, total }: ImportJournal, expected: number): BothyError {
  return new BothyError("import_invalid", {
    message: `The import of ${name} is at ${done} of ${total} documents, not at ${expected}: another process goes on with it.`,
    fix: "Leave it to that process, or stop it and repeat the command with --resume.",
  });
}
