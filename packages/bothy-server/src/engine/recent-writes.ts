import { indexOf, tableOf, type Key, type KeyRange, type Schema, type Version } from "bothy/internal";
import type { DocumentWrite } from "./engine.ts";

/** At least so many versions are remembered, unless they wrote more keys than `keysMax`. */
export const rememberedVersionsMin = 10_000;
/** Keys that are remembered at most, those of commits that are not durable aside. */
const keysMax = 400_000;

interface IndexWrites {
  /** Ascending; one per key. */
  readonly versions: Version[];
  readonly keys: Key[];
}

/** The keys that recent commits wrote, by table and index: what a read set is validated against. */
export class RecentWrites {
  readonly #schema: Schema;
  readonly #writesByTable = new Map<string, readonly IndexWrites[]>();
  #horizon: Version;
  #last: Version;
  #keyCount = 0;

  /** Begins to remember after a version. */
  constructor(schema: Schema, version: Version) {
    this.#schema = schema;
    this.#horizon = version;
    this.#last = version;
  }

  /** Everything after this version is remembered. */
  get horizon(): Version {
    return this.#horizon;
  }

  /** Remembers a commit; forgets old ones, though none after `durable`. */
  add(version: Version, writes: readonly DocumentWrite[], durable: Version): void {
    this.#last = version;
    for (const { table, before, after } of writes) {
      const indexes = this.#indexesOf(table);
      for (const [i, { versions, keys }] of indexes.entries()) {
        const [old, now] = [before?.[i], after?.[i]];
        if (old !== undefined) this.#keyCount += versions.push(version) && keys.push(old) && 1;
        if (now !== undefined && now !== old) this.#keyCount += versions.push(version) && keys.push(now) && 1;
      }
    }
    this.#forget(durable);
  }

  /** Tells whether a commit after `since` wrote into the range; what is not remembered counts as written. */
  isTouchedSince(range: KeyRange, since: Version): boolean {
    if (since >= this.#last) return false;
    if (since < this.#horizon) return true;
    const table = tableOf(this.#schema, range.table);
    const index = indexOf(table, range.index);
    const writes = this.#writesByTable.get(range.table)?.[table.indexes.indexOf(index)];
    if (writes === undefined) return false;
    const { versions, keys } = writes;
    for (let i = versions.length - 1; i >= 0 && (versions[i] ?? 0) > since; i--) {
      const key = keys[i] ?? "";
      if (key >= range.lower && key < range.upper) return true;
    }
    return false;
  }

  #indexesOf(table: string): readonly IndexWrites[] {
    let indexes = this.#writesByTable.get(table);
    if (indexes === undefined) {
      indexes = tableOf(this.#schema, table).indexes.map(() => ({ versions: [], keys: [] }));
      this.#writesByTable.set(table, indexes);
    }
    return indexes;
  }

  /** Half of what is remembered goes at once, so that forgetting costs each commit next to nothing. */
  #forget(durable: Version): void {
    const remembered = this.#last - this.#horizon;
    if (remembered < 2 * rememberedVersionsMin && this.#keyCount < keysMax) return;
    const wanted =
      remembered >= 2 * rememberedVersionsMin
        ? this.#last - rememberedVersionsMin
        : this.#horizon + Math.ceil(remembered / 2);
    const horizon = Math.min(wanted, durable);
    // While nothing becomes durable nothing can be forgotten; then looking again at each commit would be costly.
    if (horizon - this.#horizon < remembered / 4) return;
    this.#horizon = horizon;
    for (const indexes of this.#writesByTable.values()) {
      for (const { versions, keys } of indexes) {
        const kept = versions.findIndex((version) => version > horizon);
        const dropped = kept < 0 ? versions.length : kept;
        versions.splice(0, dropped);
        keys.splice(0, dropped);
        this.#keyCount -= dropped;
      }
    }
  }
}
