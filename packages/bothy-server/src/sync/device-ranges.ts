import type { RangeLease, Version } from "bothy/internal";
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
  /** Its scope has failed: the device has it up to `frozenAt`, and is told nothing of it. */
  isFrozen: boolean;
  frozenAt: Version;
  /** How long the device may use it after its last contact; Infinity: without end. */
  leaseMs: number;
}

/** What a device says it holds, proved by a seal. */
export interface HeldCursor {
  readonly version: Version;
  readonly tags: ReadonlySet<string>;
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
    readonly steps: readonly CatchUpStep[];
    readonly leases: readonly RangeLease[];
  } {
    const { plan, snapshot, at, cursor } = parts;
    const drop = plan.lost.flatMap((id) => this.#lose(id));
    for (const id of plan.frozen) this.#freeze(id, at);
    const steps: CatchUpStep[] = [];
    if (!this.#isBehind) for (const range of this.#changes.keys()) steps.push(...this.#stepsOf(range, at));
    else for (const { range, isFrozen } of this.#heldById.values()) if (!isFrozen) steps.push(stepSince(range, at));
    for (const id of plan.thawed) steps.push(...this.#thaw(id));
    for (const { id, leaseMs } of plan.granted) {
      const shape = parts.shape(id);
      if (shape) steps.push(this.#grant(shape, snapshot, { cursor, leaseMs }));
    }
    this.#isBehind = false;
    this.#clearChanges();
    return { drop, steps, leases: this.#leasesOf(plan) };
  }

  /** What a cursor says of the ranges. */
  tags(): readonly HeldTag[] {
    return Array.from(this.#heldById.values(), ({ range }) => [range.tag, edgeOf(range)] as const);
  }

  close(): void {
    for (const { range } of this.#heldById.values()) this.#hub.release(range, this);
    this.#heldById.clear();
    this.#clearChanges();
  }

  #stepsOf(range: LiveRange, at: Version): readonly CatchUpStep[] {
    const changes = this.#changes.get(range);
    if (changes === undefined) return [];
    const change = mergeChanges(range.number, changes);
    return [change === undefined ? stepSince(range, at) : { kind: "change", range, change }];
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
    return [stepSince(held.range, held.frozenAt)];
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
    this.#heldById.set(shape.id, { range, isFrozen: false, frozenAt: 0, leaseMs });
    // The rows of a window may have changed in any way since: it is sent whole (SY11).
    if (cursor?.tags.has(shape.tag) !== true || range.window) return { kind: "whole", range, edge: edgeOf(range) };
    return { kind: "since", range, since: cursor.version, isGranted: true };
  }

  #clearChanges(): void {
    if (this.#changes.size > 0) this.#changes = new Map();
    this.#changesCount = 0;
    this.#changesBytes = 0;
  }
}

function stepSince(range: LiveRange, since: Version): CatchUpStep {
  // Ids that left below the edge were never here, and the books don't tell them apart: a window is sent whole.
  return range.window
    ? { kind: "whole", range, edge: edgeOf(range) }
    : { kind: "since", range, since, isGranted: false };
}
