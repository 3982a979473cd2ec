import { BothyError } from "bothy/internal";
import type { Clock } from "../base/index.ts";
import type { Store, StoreWrite } from "../store/index.ts";
import type { Construction } from "./construction.ts";
import { documentsBreakSchema, problemsMax } from "./document-problems.ts";
import type { SchemaProgress } from "./engine.ts";
import { afterPrefix, metaKeys } from "./keys.ts";
import type { PendingLayer } from "./pending-layer.ts";
import { prefixesOf, type OnProgress, type SchemaChange } from "./schema-change.ts";
import { walkTable, type Walked } from "./table-walk.ts";

/** What a change of the schema works with. */
export interface BuildParts {
  readonly clock: Clock;
  readonly store: Store;
  readonly layer: PendingLayer;
  /** Told what takes time: at most every `sayMs`, and at the end of each table. */
  readonly onProgress: OnProgress;
  /** Told after each step; undefined at the end. */
  readonly onFigures: (progress: SchemaProgress | undefined) => void;
  /** True once the engine is closing: no further step is taken. */
  readonly isStopped: () => boolean;
}

const sayMs = 250;
/** Entries that wait for the store: no more than this of an index is in memory. */
const waitingEntriesMax = 4_096;

/** Looks at every document that the change concerns; fails with `schema_invalid`, naming up to ten that do not fit. */
export async function checkDocuments(
  parts: BuildParts,
  construction: Construction,
): Promise<ReadonlyMap<string, number>> {
  const countByTable = new Map<string, number>();
  for (const table of construction.change.checked) {
    const progress = createProgress(parts, "checking", table, `Checking table "${table}" against the schema`);
    await walkTable({
      ...parts,
      view: parts.layer.view,
      table,
      visit: (id, text) => construction.check(table, id, text),
      onStep: (walked) => {
        if (parts.isStopped()) throw stopped();
        progress(walked);
        countByTable.set(table, walked.done);
        return construction.problems.size < problemsMax;
      },
    });
    if (construction.problems.size >= problemsMax) break;
  }
  refuseProblems(construction);
  return countByTable;
}

/** Fails if documents as they are now do not fit. */
export function refuseProblems({ problems }: Construction): void {
  if (problems.size > 0) throw documentsBreakSchema(problems.values());
}

/** Makes the entries of the new indexes; resolves once they are in the store. Nothing of an earlier attempt is left. */
export async function buildIndexes(
  parts: BuildParts,
  construction: Construction,
  countByTable: ReadonlyMap<string, number>,
): Promise<void> {
  const { layer } = parts;
  const { built } = construction.change;
  construction.build();
  for (const table of new Set(built.map((placed) => placed.table))) {
    const names = built.filter((placed) => placed.table === table).map(({ index }) => `"${index.name}"`);
    const title = `Building ${names.length === 1 ? "index" : "indexes"} ${names.join(", ")} of table "${table}"`;
    const progress = createProgress(parts, "building", table, title);
    await walkTable({
      ...parts,
      view: layer.view,
      table,
      // In one step with the reading: what is committed after it is applied after it.
      visit: (id, text) => layer.addBeside(construction.entriesOf(table, id, text)),
      onStep: async (walked) => {
        if (parts.isStopped()) throw stopped();
        const total = walked.isWhole ? walked.done : Math.max(walked.done, countByTable.get(table) ?? walked.total);
        progress({ ...walked, total }, countByTable.has(table));
        if (layer.besideCount >= waitingEntriesMax) await layer.applyBeside();
        return construction.problems.size < problemsMax;
      },
    });
    refuseProblems(construction);
  }
  await layer.applyBeside();
}

const clearedAtOnce = 512;

/** Removes everything under some prefixes, in small steps. Nobody reads there, and nothing that is not applied writes there. */
export async function clearPrefixes(parts: BuildParts, prefixes: readonly string[]): Promise<void> {
  const { store, layer, clock } = parts;
  for (const prefix of prefixes) {
    for (;;) {
      if (parts.isStopped()) return;
      const entries = store.range(prefix, afterPrefix(prefix), "asc", clearedAtOnce);
      if (entries.length === 0) break;
      layer.addBeside(entries.map(([key]): StoreWrite => [key, undefined]));
      await layer.applyBeside();
      await new Promise<void>((resolve) => clock.soon(resolve));
    }
  }
}

/** Notes what is to be cleared unless it is in force, so that a start after a crash finds it. */
export async function noteUnfinished({ layer }: BuildParts, prefixes: readonly string[]): Promise<void> {
  layer.addBeside([[metaKeys.unfinished, prefixes.length === 0 ? undefined : JSON.stringify(prefixes)]]);
  await layer.applyBeside();
}

/** What a change leaves behind, whether it comes into force or not. */
export function prefixesToClear({ built, dropped }: SchemaChange): string[] {
  return [...prefixesOf(built), ...prefixesOf(dropped)];
}

function createProgress(
  { clock, onProgress, onFigures }: BuildParts,
  phase: SchemaProgress["phase"],
  table: string,
  title: string,
): (walked: Walked, isCounted?: boolean) => void {
  let saidMs = clock.monotonicMs();
  return ({ done, total, isWhole }, isCounted = false) => {
    onFigures({ phase, table, done, total });
    const nowMs = clock.monotonicMs();
    if (isWhole ? done === 0 : nowMs - saidMs < sayMs) return;
    saidMs = nowMs;
    const of = isWhole ? "" : ` of ${isCounted ? "" : "about "}${total}`;
    onProgress(`${title}: ${done}${of} documents.`);
  };
}

/** The engine is closed before the schema is in force. */
export function stopped(): BothyError {
  return new BothyError("shutting_down", {
    message: "The server stopped before the new schema was in force; the one before it stays.",
    fix: "Start it again: building begins anew.",
  });
}
