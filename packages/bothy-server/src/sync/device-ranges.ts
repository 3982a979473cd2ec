import type { Key, RangeLease, RangeTag, Version } from "bothy/internal";
import type { Snapshot } from "../engine/index.ts";
import type { CatchUpStep } from "./catch-up.ts";
import type { HeldTag } from "./cursor-seal.ts";
import type { SyncLimits } from "./limits.ts";
import { edgeOf } from "./live-range.ts";
import type { LiveRange, RangeShape, RangeSubscriber } from "./live-range.ts";
import type { GrantPlan, HeldClaim, RangePlan } from "./plan-ranges.ts";
import { mergeChanges } from "./range-change.ts";
import type { RangeChange } from "./range-change.ts";
import type { RangeHub } from "./range-hub.ts";

interface Held {
  readonly range: LiveRange;
  /** Where the device has a window from. */
  edge: Key | null;
  /** Its scope has failed: the device has it up to `frozenAt`, and is told nothing of it. */
  isFrozen: boolean;
  frozenAt: Version;
  /** How long the device may use it after its last contact; Infinity: without end. */
  leaseMs: number;
}

/** What a device says it holds, proved by a seal: tags in the order of its hello, with the edges of windows; undefined: dropped since. */
export interface HeldCursor {
  readonly version: Version;
  readonly edgeByTag: ReadonlyMap<RangeTag, Key | null | undefined>;
}

/** The ranges that one device holds, and what has changed in them since its last poke. */
export class DeviceRanges implements RangeSubscriber {
  readonly #hub: RangeHub;
  readonly #limits: SyncLimits;
  readonly #onTouched: () => void;
  readonly #heldById = new Map<string, Held>();
  #changes = new Map<LiveRange, RangeChange[]>();
  #changesCount = 0;
  #changesBytes = 0;
  #isBehind = false;
  #frozenCount = 0;

  constructor(hub: RangeHub, limits: SyncLimits, onTouched: () => void) {
    this.#hub = hub;
    this.#limits = limits;
    this.#onTouched = onTouched;
  }

  get held(): ReadonlyMap<string, HeldClaim> {
    return this.#heldById;
  }

  /** True when more has changed than is remembered: the books have to tell. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  get hasChanges(): boolean {
    return this.#isBehind || this.#changes.size > 0;
  }

  /** Those that follow, by number. */
  followed(): ReadonlyMap<number, LiveRange> {
    const followed = Array.from(this.#heldById.values()).filter(({ isFrozen }) => !isFrozen);
    return new Map(followed.map(({ range }) => [range.number, range]));
  }

  get hasFrozen(): boolean {
    return this.#frozenCount > 0;
  }

  onChange(range: LiveRange, change: RangeChange): void {
    if (this.#heldById.get(range.id)?.isFrozen !== false) return;
    this.#onTouched();
    if (this.#isBehind) return;
    const changes = this.#changes.get(range);
    if (changes) changes.push(change);
    else this.#changes.set(range, [change]);
    this.#changesCount++;
    this.#changesBytes += change.text.length;
    if (this.#changesCount > this.#limits.changesMax || this.#changesBytes > this.#limits.changesBytes)
      this.fallBehind();
  }

  /** Forgets the changes: the device is brought up to date by the books. */
  fallBehind(): void {
    this.#isBehind = true;
    this.#clearChanges();
  }

  /** The changes since the last poke, one per range; undefined if only a catch-up can tell. They are taken if they can be told. */
  takeChanges(): Map<LiveRange, RangeChange> | undefined {
    if (this.#isBehind) return undefined;
    const merged = new Map<LiveRange, RangeChange>();
    for (const [range, changes] of this.#changes) {
      const change = mergeChanges(range.number, changes);
      if (change === undefined) return undefined;
      merged.set(range, change);
    }
    for (const [{ id }, { edge }] of merged) this.#tellEdge(id, edge);
    this.#clearChanges();
    return merged;
  }

  /**
   * Carries a plan out at the version of a snapshot, and says how what is held is brought there. `at`: the version of the
   * last poke; `cursor`: what the device held when it connected, in its first poke.
   */
  move(parts: {
    readonly plan: RangePlan;
    readonly shape: (id: string) => RangeShape | undefined;
    readonly snapshot: Snapshot;
    readonly at: Version;
    readonly cursor: HeldCursor | undefined;
  }): {
    readonly drop: readonly number[];
    readonly without: readonly number[];
    readonly steps: readonly CatchUpStep[];
    readonly leases: readonly RangeLease[];
  } {
    const { plan, snapshot, at, cursor } = parts;
    const drop = plan.lost.flatMap((id) => this.#lose(id));
    for (const id of plan.frozen) this.#freeze(id, at);
    const steps: CatchUpStep[] = [];
    for (const held of this.#heldToMove()) steps.push(...this.#stepsOf(held, at));
    for (const id of plan.thawed) steps.push(...this.#thaw(id));
    for (const { id, leaseMs } of plan.granted) {
      const shape = parts.shape(id);
      if (shape) steps.push(this.#grant(shape, snapshot, { cursor, leaseMs }));
    }
    this.#isBehind = false;
    this.#clearChanges();
    return { drop, without: this.#placesNotHeld(cursor), steps, leases: this.#leasesOf(plan) };
  }

  /** What a cursor says of the ranges. */
  tags(): readonly HeldTag[] {
    return Array.from(this.#heldById.values(), ({ range, edge }) => [range.tag, edge] as const);
  }

  close(): void {
    for (const { range } of this.#heldById.values()) this.#hub.release(range, this);
    this.#heldById.clear();
    this.#clearChanges();
  }

  #heldToMove(): readonly Held[] {
    if (this.#isBehind) return [...this.#heldById.values()].filter(({ isFrozen }) => !isFrozen);
    return [...this.#changes.keys()].flatMap(({ id }) => this.#heldById.get(id) ?? []);
  }

  #stepsOf(held: Held, at: Version): readonly CatchUpStep[] {
    const { range } = held;
    if (this.#isBehind) return [stepSince(held, at)];
    const changes = this.#changes.get(range);
    if (changes === undefined) return [];
    const change = mergeChanges(range.number, changes);
    if (change === undefined) return [stepSince(held, at)];
    this.#tellEdge(range.id, change.edge);
    return [{ kind: "change", range, change }];
  }

  #tellEdge(id: string, edge: Key | undefined): void {
    const held = this.#heldById.get(id);
    if (held !== undefined && edge !== undefined) held.edge = edge;
  }

  /** Of the ranges that a cursor lists. */
  #placesNotHeld(cursor: HeldCursor | undefined): readonly number[] {
    if (cursor === undefined) return [];
    const tags = new Set(Array.from(this.#heldById.values(), ({ range }) => range.tag));
    return [...cursor.edgeByTag.keys()].flatMap((tag, place) => (tags.has(tag) ? [] : [place]));
  }

  #lose(id: string): readonly number[] {
    const held = this.#heldById.get(id);
    if (held === undefined) return [];
    this.#hub.release(held.range, this);
    this.#heldById.delete(id);
    this.#changes.delete(held.range);
    if (held.isFrozen) this.#frozenCount--;
    return [held.range.number];
  }

  #freeze(id: string, at: Version): void {
    const held = this.#heldById.get(id);
    if (held === undefined) return;
    held.isFrozen = true;
    this.#frozenCount++;
    held.frozenAt = at;
    this.#changes.delete(held.range);
  }

  #thaw(id: string): readonly CatchUpStep[] {
    const held = this.#heldById.get(id);
    if (held === undefined) return [];
    held.isFrozen = false;
    this.#frozenCount--;
    return [stepSince(held, held.frozenAt)];
  }

  /** The ranges whose lease the device does not know yet, by lease. */
  #leasesOf({ granted, leased }: RangePlan): readonly RangeLease[] {
    const rangesByLease = new Map<number, number[]>();
    const add = ({ id, leaseMs }: GrantPlan): void => {
      const held = this.#heldById.get(id);
      if (held === undefined) return;
      held.leaseMs = leaseMs;
      const ranges = rangesByLease.get(leaseMs) ?? [];
      rangesByLease.set(leaseMs, ranges);
      ranges.push(held.range.number);
    };
    for (const one of granted) if (one.leaseMs !== Infinity) add(one);
    for (const one of leased) add(one);
    return [...rangesByLease].map(([leaseMs, ranges]) => [leaseMs === Infinity ? null : leaseMs, ranges]);
  }

  #grant(
    shape: RangeShape,
    snapshot: Snapshot,
    { cursor, leaseMs }: { readonly cursor: HeldCursor | undefined; readonly leaseMs: number },
  ): CatchUpStep {
    const range = this.#hub.acquire(shape, this, snapshot);
    const edge = edgeOf(range);
    this.#heldById.set(shape.id, { range, edge, isFrozen: false, frozenAt: 0, leaseMs });
    const from = cursor?.edgeByTag.get(shape.tag);
    if (cursor === undefined || from === undefined) return { kind: "whole", range, edge };
    return stepSince({ range, edge: from }, cursor.version);
  }

  #clearChanges(): void {
    if (this.#changes.size > 0) this.#changes = new Map();
    this.#changesCount = 0;
    this.#changesBytes = 0;
  }
}

/** From where the device has it to where it stands now; a held range is told to begin there. */
function stepSince(held: Pick<Held, "range"> & { edge: Key | null }, since: Version): CatchUpStep {
  const { range, edge: from } = held;
  const edge = edgeOf(range);
  held.edge = edge;
  return { kind: "since", range, since, from, edge };
}
