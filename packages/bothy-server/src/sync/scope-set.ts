import { isBothyError, toWireError } from "bothy/internal";
import type { RangeSpec, Version, WireError, WireIdentity } from "bothy/internal";
import type { Logger } from "../base/index.ts";
import type { Live, LiveResult, LiveSubscription } from "../live/index.ts";
import type { FunctionPool } from "../runtime/index.ts";
import type { RangeShape } from "./live-range.ts";
import type { ScopeRanges } from "./plan-ranges.ts";
import type { SyncFigures } from "./sync-figures.ts";

export interface ScopeParts {
  readonly live: Live;
  readonly pool: FunctionPool;
  readonly log: Logger;
  readonly figures: SyncFigures;
  /** undefined: the device has no words for the range, and does without. */
  readonly shapeOf: (spec: RangeSpec) => RangeShape | undefined;
}

export interface ScopeOwner {
  /** A scope has run. */
  onScopeRun(): void;
  /** A scope failed, or works again. */
  onScopeState(name: string, state: "failed" | "ok"): void;
}

interface Slot extends ScopeRanges {
  readonly subscription: LiveSubscription;
  ids: ReadonlySet<string>;
  isFailed: boolean;
}

/** The scopes of one device: every scope of the app, each with what it last returned for this user. */
export class ScopeSet {
  readonly #parts: ScopeParts;
  readonly #identity: WireIdentity;
  readonly #owner: ScopeOwner;
  readonly #slotByName = new Map<string, Slot>();
  readonly #shapeById = new Map<string, RangeShape>();
  #hasChanged = true;

  constructor(parts: ScopeParts, identity: WireIdentity, owner: ScopeOwner) {
    this.#parts = parts;
    this.#identity = identity;
    this.#owner = owner;
  }

  /** True when what the scopes say may differ from what was last acknowledged. */
  get hasChanged(): boolean {
    return this.#hasChanged;
  }

  /** What the scopes say has been acted upon. */
  acknowledge(): void {
    this.#hasChanged = false;
  }

  /** True when every scope has run at or after the last write into what it read, as of a version (SY12). */
  isCleanAt(version: Version): boolean {
    for (const { subscription } of this.#slotByName.values()) if (!subscription.isCleanAt(version)) return false;
    return true;
  }

  ranges(): Iterable<ScopeRanges> {
    return this.#slotByName.values();
  }

  shape(id: string): RangeShape | undefined {
    return this.#shapeById.get(id);
  }

  /** Follows the scopes that the app has now. */
  follow(): void {
    const names = new Set<string>();
    for (const { name, kind } of this.#parts.pool.functions.values()) if (kind === "scope") names.add(name);
    for (const [name, { subscription }] of this.#slotByName) {
      if (names.has(name)) continue;
      subscription.close();
      this.#slotByName.delete(name);
      this.#hasChanged = true;
    }
    for (const name of names) if (!this.#slotByName.has(name)) this.#slotByName.set(name, this.#open(name));
    this.#owner.onScopeRun();
  }

  close(): void {
    for (const { subscription } of this.#slotByName.values()) subscription.close();
    this.#slotByName.clear();
  }

  #open(name: string): Slot {
    const call = { name, kind: "scope", mayCallInternal: true, args: {}, identity: this.#identity } as const;
    const slot: Slot = {
      subscription: this.#parts.live.subscribe(call, (result) => this.#onResult(name, slot, result)),
      ids: new Set(),
      isFailed: false,
    };
    return slot;
  }

  #onResult(name: string, slot: Slot, result: LiveResult): void {
    const shapes = result.kind === "returned" ? this.#shapesOf(result.ranges) : result.error;
    this.#hasChanged = true;
    if (Array.isArray(shapes)) {
      slot.ids = new Set(shapes.map(({ id }) => id));
      for (const shape of shapes) this.#shapeById.set(shape.id, shape);
      this.#forgetShapes();
      if (slot.isFailed) this.#owner.onScopeState(name, "ok");
      slot.isFailed = false;
    } else {
      this.#parts.figures.scopeFailures.add(name);
      // Its message may tell what the function read.
      this.#parts.log.warn("A scope failed; its ranges are frozen.", { function: name, code: shapes.code });
      if (!slot.isFailed) this.#owner.onScopeState(name, "failed");
      slot.isFailed = true;
    }
    this.#owner.onScopeRun();
  }

  /** The ranges, checked; an error if one of them can't be: then the scope as a whole has failed. */
  #shapesOf(specs: readonly RangeSpec[]): RangeShape[] | WireError {
    try {
      return specs.flatMap((spec) => this.#parts.shapeOf(spec) ?? []);
    } catch (error) {
      if (isBothyError(error)) return toWireError(error);
      throw error;
    }
  }

  #forgetShapes(): void {
    const used = new Set<string>();
    for (const { ids } of this.#slotByName.values()) for (const id of ids) used.add(id);
    for (const id of this.#shapeById.keys()) if (!used.has(id)) this.#shapeById.delete(id);
  }
}
