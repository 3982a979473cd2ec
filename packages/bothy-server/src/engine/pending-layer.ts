import { SortedMap, type Version } from "bothy/internal";
import { Histogram, secondsBounds, type Clock } from "../base/index.ts";
import type { LogPosition } from "../log/index.ts";
import type { Store, StoreReader, StoreWrite } from "../store/index.ts";
import { metaKeys } from "./keys.ts";
import { createView, withoutApplied, type Overlay, type PendingValue } from "./view.ts";

/** When more than this waits to be applied, callers should hold commits back (`isOverloaded`). */
export const pendingBytesMax = 64 * 1_048_576;
/**
 * Writes after which a batch takes no further group. Large batches are cheap for the store, which writes and syncs whole
 * pages, but encoding one holds up the event loop; while the log is read at start nobody waits for the loop.
 */
const batchWritesMax = 4_096;
const drainedWritesMax = 65_536;
/** Fewer writes than `batchWritesMax` wait this long for company. */
const applyDelayMs = 200;

interface StagedCommit {
  readonly version: Version;
  readonly writes: readonly StoreWrite[];
  readonly sizeBytes: number;
}

interface DurableGroup {
  readonly last: LogPosition;
  readonly commits: readonly StagedCommit[];
}

/** What has been committed and the store does not contain yet: it lies over the store until it has been applied. */
export class PendingLayer {
  /** Time in which the store applied each batch. */
  readonly applySeconds: Histogram = new Histogram(secondsBounds);
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #onFailure: (error: unknown) => void;
  #overlay: Overlay = new SortedMap();
  /** Not durable yet. */
  #staged: StagedCommit[] = [];
  /** Durable, to be applied group by group. */
  #groups: DurableGroup[] = [];
  #groupWrites = 0;
  /** Entries that belong to no commit: they go before all commits of the next batch. */
  #beside: StoreWrite[] = [];
  #besideGiven = 0;
  #besideApplied = 0;
  #hasBesideEnded = false;
  readonly #besideWaiters: (() => void)[] = [];
  #pendingBytes = 0;
  #applying: Promise<void> | undefined;
  #cancelTimer: (() => void) | undefined;
  #isHeld = false;

  constructor(store: Store, clock: Clock, onFailure: (error: unknown) => void) {
    this.#store = store;
    this.#clock = clock;
    this.#onFailure = onFailure;
  }

  /** The last committed state. */
  readonly view: StoreReader = createView(this.#readerOfStore(), () => this.#overlay, Number.POSITIVE_INFINITY);

  /** Bytes that wait to be applied. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  get isOverloaded(): boolean {
    return this.#pendingBytes > pendingBytesMax;
  }

  /** A view of a version that is durable, and so contains the store, which stays as it is. */
  openView(version: Version): { readonly view: StoreReader; close(): void } {
    // In one step: what the store does not contain at this moment lies in the overlay of this moment.
    const stored = this.#store.snapshot();
    const overlay = this.#overlay.clone();
    return { view: createView(stored, () => overlay, version), close: () => stored.close() };
  }

  /** Makes the writes of a commit visible. */
  stage(version: Version, writes: readonly StoreWrite[]): void {
    let sizeBytes = 0;
    for (const [key, value] of writes) {
      const pending: PendingValue = { version, value, previous: this.#overlay.get(key) };
      this.#overlay.set(key, pending);
      sizeBytes += key.length + (value?.length ?? 0);
    }
    this.#pendingBytes += sizeBytes;
    this.#staged.push({ version, writes, sizeBytes });
  }

  /** Lets everything up to a durable version be applied, in time. */
  release(last: LogPosition): void {
    let count = this.#staged.findIndex(({ version }) => version > last.version);
    if (count < 0) count = this.#staged.length;
    const commits = this.#staged.splice(0, count);
    this.#groups.push({ last, commits });
    for (const { writes } of commits) this.#groupWrites += writes.length;
    this.#schedule();
  }

  /** Applies everything that was released; resolves once it is in the store. */
  async drain(): Promise<void> {
    while (this.#applying !== undefined || this.#groups.length > 0)
      await (this.#applying ?? this.#start(drainedWritesMax));
  }

  /** While it is held nothing is applied but by `drain`: the store would need room that the disk does not have. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#schedule();
    if (!isHeld) this.#wakeBeside();
  }

  /**
   * Takes entries that belong to no commit, made from what is visible at this moment. The next batch contains them before
   * its commits, so that whatever is committed from now on counts more. Nothing shows them until they are applied.
   */
  addBeside(writes: readonly StoreWrite[]): void {
    for (const write of writes) this.#beside.push(write);
    this.#besideGiven += writes.length;
  }

  /** How many of them wait. */
  get besideCount(): number {
    return this.#beside.length;
  }

  /** Resolves once all of them are in the store, or `endBeside` was called. */
  async applyBeside(): Promise<void> {
    const wanted = this.#besideGiven;
    await this.#applyUntil(() => this.#besideApplied >= wanted);
  }

  /** Resolves once a version that is durable is in the store, or `endBeside` was called. */
  async whenApplied(version: Version): Promise<void> {
    await this.#applyUntil(() => this.#store.appliedVersion >= version);
  }

  /** Nobody waits any more for what is applied beside commits: it is not needed, or will be made again. */
  endBeside(): void {
    this.#hasBesideEnded = true;
    this.#wakeBeside();
  }

  async #applyUntil(isApplied: () => boolean): Promise<void> {
    while (!isApplied() && !this.#hasBesideEnded) {
      if (this.#isHeld) await new Promise<void>((resolve) => void this.#besideWaiters.push(resolve));
      else await (this.#applying ?? this.#start());
    }
  }

  #wakeBeside(): void {
    for (const resolve of this.#besideWaiters.splice(0)) resolve();
  }

  /** Stops applying; what was released and is not in the store will be read from the log again. */
  stop(): void {
    this.#cancelTimer?.();
    this.#groups = [];
    this.#groupWrites = 0;
    this.endBeside();
  }

  #readerOfStore(): StoreReader {
    // Asked for at each read: fields are set after this one.
    return { get: (key) => this.#store.get(key), range: (...read) => this.#store.range(...read) };
  }

  #schedule(): void {
    if (this.#isHeld || this.#applying !== undefined || this.#groups.length === 0) return;
    if (this.#groupWrites >= batchWritesMax) {
      void this.#start();
      return;
    }
    this.#cancelTimer ??= this.#clock.after(applyDelayMs, () => void this.#start());
  }

  #start(writesMax: number = batchWritesMax): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#applying ??= this.#apply(writesMax)
      .catch((error: unknown) => {
        this.stop();
        this.#onFailure(error);
      })
      .finally(() => {
        this.#applying = undefined;
        this.#schedule();
      });
    return this.#applying;
  }

  async #apply(writesMax: number): Promise<void> {
    const beside = this.#beside;
    this.#beside = [];
    const batch = new Map<string, string | undefined>(beside);
    let last: LogPosition | undefined;
    let sizeBytes = 0;
    let taken = 0;
    for (const group of this.#groups) {
      if (batch.size - beside.length >= writesMax) break;
      taken++;
      last = group.last;
      for (const commit of group.commits) {
        sizeBytes += commit.sizeBytes;
        this.#groupWrites -= commit.writes.length;
        // Of several writes of a key the last one counts.
        for (const [key, value] of commit.writes) batch.set(key, value);
      }
    }
    this.#groups.splice(0, taken);
    if (last === undefined && beside.length === 0) return;
    const writes: StoreWrite[] = [...batch];
    if (last !== undefined) writes.push([metaKeys.position, JSON.stringify(last)]);
    const startMs = this.#clock.monotonicMs();
    await this.#store.apply(writes, last?.version ?? this.#store.appliedVersion);
    this.applySeconds.observe((this.#clock.monotonicMs() - startMs) / 1_000);
    this.#besideApplied += beside.length;
    this.#pendingBytes -= sizeBytes;
    if (last !== undefined) this.#drop(batch.keys(), last.version);
  }

  /** What the store contains lies over it no longer. */
  #drop(keys: Iterable<string>, applied: Version): void {
    for (const key of keys) {
      const pending = this.#overlay.get(key);
      if (pending === undefined) continue;
      const left = withoutApplied(pending, applied);
      if (left === undefined) this.#overlay.delete(key);
      else if (left !== pending) this.#overlay.set(key, left);
    }
  }
}
