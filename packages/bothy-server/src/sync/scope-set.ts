import { BothyError, isBothyError, toWireError } from "bothy/internal";
import type { HelloHold, Json, RangeSpec, ScopeMessage, Version, WireError, WireIdentity } from "bothy/internal";
import type { Logger } from "../base/index.ts";
import type { Live, LiveResult, LiveSubscription } from "../live/index.ts";
import type { FunctionPool } from "../runtime/index.ts";
import type { SyncLimits } from "./limits.ts";
import type { RangeShape } from "./live-range.ts";
import { RangeClaims } from "./range-claims.ts";
import type { Claimant } from "./range-claims.ts";
import type { RangeClaim } from "./plan-ranges.ts";
import type { SyncFigures } from "./sync-figures.ts";

export interface ScopeParts {
  readonly live: Live;
  readonly pool: Pick<FunctionPool, "functions">;
  readonly log: Logger;
  readonly figures: SyncFigures;
  readonly limits: Pick<SyncLimits, "holdsMax" | "holdsBytes">;
  /** undefined: the device has no words for the range, and does without. */
  readonly shapeOf: (spec: RangeSpec) => RangeShape | undefined;
}

export interface ScopeOwner {
  /** A scope has run, or is gone. */
  onScopeRun(): void;
  /** A scope failed, or works again. */
  onScopeState(message: ScopeMessage): void;
}

interface Slot extends Claimant {
  readonly name: string;
  /** The device asked for it under this number; undefined: a scope that every device holds. */
  readonly hold: number | undefined;
  readonly argsBytes: number;
  subscription: LiveSubscription | undefined;
  /** The device is told nothing before this one has said what it means. */
  isAwaited: boolean;
  /** The device was told that it has everything that this hold grants. */
  isToldHeld: boolean;
}

/** The scopes of one device: every scope of the app without arguments, and those that it holds on demand. */
export class ScopeSet {
  readonly #parts: ScopeParts;
  readonly #identity: WireIdentity;
  readonly #owner: ScopeOwner;
  readonly #slotByName = new Map<string, Slot>();
  readonly #slotByHold = new Map<number, Slot>();
  readonly #claims = new RangeClaims();
  #argsBytes = 0;
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
    this.#claims.acknowledge();
  }

  /** True when every scope has run at or after the last write into what it read, as of a version (SY12). */
  isCleanAt(version: Version): boolean {
    for (const slot of this.#slots()) {
      if (slot.isAwaited && slot.subscription?.isCleanAt(version) !== true) return false;
    }
    return true;
  }

  /** The ranges of which the scopes say something else than was last acknowledged. */
  claims(): Iterable<readonly [id: string, claim: RangeClaim]> {
    return this.#claims.changed();
  }

  shape(id: string): RangeShape | undefined {
    return this.#claims.shape(id);
  }

  /** True when there are holds that the device was not told to have. */
  get hasNewlyHeld(): boolean {
    for (const slot of this.#slotByHold.values()) if (isNewlyHeld(slot)) return true;
    return false;
  }

  /** The holds of which everything is with the device once it has what is sent now (SY47). */
  takeNewlyHeld(): readonly (readonly [hold: number, leaseMs: number | null])[] {
    const holds: [number, number | null][] = [];
    for (const [hold, slot] of this.#slotByHold) {
      if (!isNewlyHeld(slot)) continue;
      slot.isToldHeld = true;
      holds.push([hold, slot.leaseMs === Infinity ? null : slot.leaseMs]);
    }
    return holds;
  }

  /** Follows the scopes that the app has now. */
  follow(): void {
    const names = new Set<string>();
    for (const { name, kind, isOnDemand } of this.#parts.pool.functions.values()) {
      if (kind === "scope" && isOnDemand !== true) names.add(name);
    }
    for (const [name, slot] of this.#slotByName) {
      if (names.has(name)) continue;
      this.#slotByName.delete(name);
      this.#close(slot);
    }
    for (const name of names) {
      if (this.#slotByName.has(name)) continue;
      const slot = newSlot(name);
      this.#slotByName.set(name, slot);
      slot.subscription = this.#subscribe(slot, {});
    }
    this.#owner.onScopeRun();
  }

  /** Holds a scope with arguments. `isAwaited`: nothing is told before it has said what it means. */
  hold({ hold, name, args }: HelloHold, isAwaited: boolean): void {
    const argsBytes = JSON.stringify(args).length;
    const error = this.#refusalOf(hold, argsBytes);
    if (error !== undefined) {
      this.#owner.onScopeState({ type: "scope", name, state: "refused", hold, error: toWireError(error) });
      return;
    }
    const slot: Slot = { ...newSlot(name), hold, argsBytes, isAwaited };
    this.#argsBytes += argsBytes;
    this.#slotByHold.set(hold, slot);
    slot.subscription = this.#subscribe(slot, args);
  }

  /** Lets a scope with arguments go; one that was refused is not here. */
  release(hold: number): void {
    const slot = this.#slotByHold.get(hold);
    if (slot === undefined) return;
    this.#slotByHold.delete(hold);
    this.#argsBytes -= slot.argsBytes;
    this.#close(slot);
    this.#owner.onScopeRun();
  }

  close(): void {
    for (const { subscription } of this.#slots()) subscription?.close();
    this.#slotByName.clear();
    this.#slotByHold.clear();
  }

  *#slots(): Iterable<Slot> {
    yield* this.#slotByName.values();
    yield* this.#slotByHold.values();
  }

  #refusalOf(hold: number, argsBytes: number): BothyError | undefined {
    const { holdsMax, holdsBytes } = this.#parts.limits;
    if (this.#slotByHold.has(hold)) return numberTaken(hold);
    if (this.#slotByHold.size >= holdsMax) return tooMany(holdsMax);
    return this.#argsBytes + argsBytes > holdsBytes ? tooLarge(holdsBytes) : undefined;
  }

  #close(slot: Slot): void {
    slot.subscription?.close();
    this.#claims.remove(slot);
    this.#hasChanged = true;
  }

  #subscribe(slot: Slot, args: Json): LiveSubscription {
    const isAsked = slot.hold !== undefined;
    const call = { name: slot.name, kind: "scope", mayCallInternal: !isAsked, args, identity: this.#identity } as const;
    return this.#parts.live.subscribe(call, (result) => this.#onResult(slot, result));
  }

  #onResult(slot: Slot, result: LiveResult): void {
    const shapes = result.kind === "returned" ? this.#shapesOf(slot, result.ranges) : result.error;
    this.#hasChanged = true;
    slot.isAwaited = true;
    if (Array.isArray(shapes)) {
      const leaseMs = this.#parts.pool.functions.get(slot.name)?.leaseMs ?? Infinity;
      if (slot.isFailed) this.#tell(slot, "ok");
      if (slot.isFailed || slot.leaseMs !== leaseMs) slot.isToldHeld = false;
      this.#claims.replace(slot, shapes, leaseMs);
    } else {
      this.#parts.figures.scopeFailures.add(slot.name);
      // Its message may tell what the function read.
      this.#parts.log.warn("A scope failed; its ranges are frozen.", { function: slot.name, code: shapes.code });
      if (!slot.isFailed) this.#tell(slot, "failed", shapes);
      this.#claims.fail(slot);
    }
    this.#owner.onScopeRun();
  }

  #tell({ name, hold }: Slot, state: "failed" | "ok", error?: WireError): void {
    const told = { type: "scope", name, state } as const;
    this.#owner.onScopeState(hold === undefined ? told : { ...told, hold, ...(error && { error }) });
  }

  /** The ranges, checked; an error if one of them can't be: then the scope as a whole has failed. */
  #shapesOf({ name, hold }: Slot, specs: readonly RangeSpec[]): RangeShape[] | WireError {
    try {
      if (hold !== undefined && this.#parts.pool.functions.get(name)?.isOnDemand !== true) throw alwaysHeld(name);
      return specs.flatMap((spec) => this.#parts.shapeOf(spec) ?? []);
    } catch (error) {
      if (isBothyError(error)) return toWireError(error);
      throw error;
    }
  }
}

function newSlot(name: string): Slot {
  return {
    name,
    hold: undefined,
    argsBytes: 0,
    subscription: undefined,
    ids: new Set(),
    isFailed: false,
    leaseMs: Infinity,
    isAwaited: true,
    isToldHeld: false,
  };
}

function isNewlyHeld({ subscription, isAwaited, isFailed, isToldHeld }: Slot): boolean {
  return subscription !== undefined && isAwaited && !isFailed && !isToldHeld;
}

function numberTaken(hold: number): BothyError {
  return new BothyError("frame_invalid", {
    message: `The number ${hold} names another hold of this connection.`,
    fix: "Number the holds of a connection so that each is unlike the others.",
  });
}

function tooMany(holdsMax: number): BothyError {
  return new BothyError("limit_exceeded", {
    message: `A device can hold at most ${holdsMax} scopes with arguments at a time.`,
    fix: "Let those go that are no longer shown, or grant the same with fewer.",
  });
}

function tooLarge(holdsBytes: number): BothyError {
  return new BothyError("limit_exceeded", {
    message: `The arguments of the scopes that a device holds come to more than ${holdsBytes} bytes.`,
    fix: "Name documents by their ids, and let scopes go that are no longer shown.",
  });
}

function alwaysHeld(name: string): BothyError {
  return new BothyError("function_wrong_kind", {
    message: `The scope "${name}" takes no arguments: every device holds it.`,
    fix: "Hold scopes that declare args.",
  });
}
