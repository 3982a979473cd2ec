import type { StoreReader, StoreWrite } from "../store/index.ts";
import { lookAt, type DocumentProblem } from "./document-problems.ts";
import { documentKey, indexPrefix } from "./keys.ts";
import type { LogEntry } from "./log-entry.ts";
import type { SchemaChange } from "./schema-change.ts";
import { decodeStored } from "./stored-document.ts";

interface Place {
  readonly prefix: string;
  /** Of its key among those of a document of the next schema. */
  readonly position: number;
}

/**
 * A schema that is not in force yet, while the documents are looked at and its indexes are built beside writes: each
 * commit is looked at, and indexed, as the next schema would, so that only what was there before has to be visited.
 */
export class Construction {
  readonly change: SchemaChange;
  readonly #checked: ReadonlySet<string>;
  readonly #placesByTable = new Map<string, readonly Place[]>();
  readonly #problems = new Map<string, DocumentProblem>();
  #isBuilding = false;

  constructor(change: SchemaChange) {
    this.change = change;
    this.#checked = new Set(change.checked);
    for (const table of new Set(change.built.map((placed) => placed.table))) {
      const indexes = change.next.tables[table]?.indexes ?? [];
      const places = change.built
        .filter((placed) => placed.table === table)
        .map(({ index }) => ({ prefix: indexPrefix(table, index), position: indexes.indexOf(index) }));
      this.#placesByTable.set(table, places);
    }
  }

  /** What is wrong with documents as they are now, as far as they were looked at. */
  get problems(): ReadonlyMap<string, DocumentProblem> {
    return this.#problems;
  }

  /** From now on commits are indexed too: what an earlier attempt left behind is gone. */
  build(): void {
    this.#isBuilding = true;
  }

  /** Looks at a document that is there. */
  check(table: string, id: string, text: string): void {
    this.#note(table, id, lookAt(this.change.next, table, id, text).problem);
  }

  /** The entries of a document that is there. */
  entriesOf(table: string, id: string, text: string): StoreWrite[] {
    const { keys } = lookAt(this.change.next, table, id, text);
    if (keys === undefined) return [];
    return this.#placesOf(table).map(({ prefix, position }): StoreWrite => [prefix + (keys[position] ?? ""), id]);
  }

  /** What a commit adds to indexes under construction; `view` is the state before it. */
  take(view: StoreReader, writes: LogEntry["writes"]): StoreWrite[] {
    const added: StoreWrite[] = [];
    for (const { table, id, text } of writes) {
      if (!this.#checked.has(table)) continue;
      const places = this.#isBuilding ? this.#placesOf(table) : [];
      const stored = places.length === 0 ? undefined : view.get(documentKey(table, id));
      const old = stored === undefined ? {} : lookAt(this.change.next, table, id, decodeStored(id, stored).text);
      const now = text === null ? {} : lookAt(this.change.next, table, id, text);
      this.#note(table, id, now.problem);
      for (const { prefix, position } of places) {
        const [before, after] = [old.keys?.[position], now.keys?.[position]];
        if (before !== undefined && before !== after) added.push([prefix + before, undefined]);
        // Also where it stood already: perhaps its entry has not been made yet.
        if (after !== undefined) added.push([prefix + after, id]);
      }
    }
    return added;
  }

  #placesOf(table: string): readonly Place[] {
    return this.#placesByTable.get(table) ?? [];
  }

  #note(table: string, id: string, problem: DocumentProblem | undefined): void {
    if (problem === undefined) this.#problems.delete(documentKey(table, id));
    else this.#problems.set(documentKey(table, id), problem);
  }
}
