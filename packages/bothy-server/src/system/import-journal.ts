import { BothyError, assert } from "bothy/internal";
import type { Version } from "bothy/internal";
import type { DocumentWrite, Engine, RecordWrite } from "../engine/index.ts";

/** What becomes of the documents that a table has. `seed`: an app's first filling, which is taken back if it is cut off. */
export type ImportMode = "append" | "replace" | "seed";

/**
 * An import that is under way, or was cut off. It stands in the database itself, and each step of the import changes it
 * in the same commit as the documents: it always tells exactly what has been done.
 */
export interface ImportJournal {
  readonly id: string;
  /** What people call it: the file. */
  readonly name: string;
  /** Of the file, so that only the same one goes on; empty for a seed. */
  readonly sha256: string;
  readonly mode: ImportMode;
  /** Tables whose other documents go at the end. */
  readonly replaced: readonly string[];
  /** Documents in all, and those that are in. */
  readonly total: number;
  readonly done: number;
  /** How many steps there are to take back. */
  readonly steps: number;
  /** What was written up to this version was there before. */
  readonly since: Version;
  /** `complete`: only what is kept for taking it back is still to be cleared. */
  readonly state: "writing" | "undoing" | "complete";
  readonly startedMs: number;
}

/** What one step changed: each document with its text before, null where there was none. */
export type UndoStep = readonly (readonly [table: string, id: string, textBefore: string | null])[];

const journalKey = ["import"] as const;

function stepKey(step: number): readonly (string | number)[] {
  return ["import", step];
}

/** The import that is under way or was cut off, if there is one. */
export function readJournal(engine: Pick<Engine, "readRecord">): ImportJournal | undefined {
  const text = engine.readRecord(journalKey);
  // Written by this code, in a log whose checksum holds.
  return text === undefined ? undefined : (JSON.parse(text) as ImportJournal);
}

/** The journal of an import that must be the one in the database, and in this state. */
export function getJournal(engine: Engine, id: string, states: readonly ImportJournal["state"][]): ImportJournal {
  const journal = readJournal(engine);
  if (journal?.id === id && states.includes(journal.state)) return journal;
  throw new BothyError("import_invalid", {
    message:
      journal === undefined
        ? "This import is over: another process has finished it or taken it back."
        : `The import of ${journal.name} is ${journal.id === id ? journal.state : "another one"}.`,
    fix: "Look at what is there, and begin again.",
  });
}

/** The documents that a step changed. */
export function readStep(engine: Engine, step: number): UndoStep {
  const text = engine.readRecord(stepKey(step));
  assert(text !== undefined, "each step of an import stands in the database");
  return JSON.parse(text) as UndoStep;
}

/** Commits documents and what the journal says of them, together. Whoever calls it has not awaited since it read. */
export function commitStep(engine: Engine, writes: readonly DocumentWrite[], records: readonly RecordWrite[]): Version {
  const outcome = engine.commit({ snapshot: engine.version, reads: [], writes, records });
  assert(outcome.kind === "committed", "what was read in the same turn is the present");
  return outcome.version;
}

/** The record that keeps a journal; null ends the import. */
export function journalRecord(journal: ImportJournal | null): RecordWrite {
  return { key: journalKey, text: journal === null ? null : JSON.stringify(journal) };
}

/** The record that keeps a step for taking it back; null removes it. */
export function stepRecord(step: number, changes: UndoStep | null): RecordWrite {
  return { key: stepKey(step), text: changes === null ? null : JSON.stringify(changes) };
}
