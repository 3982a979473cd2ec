import type { RangeShape } from "./live-range.ts";
import type { RangeClaim } from "./plan-ranges.ts";

/** A scope as far as its ranges are concerned. */
export interface Claimant {
  /** What it returned last. */
  ids: ReadonlySet<string>;
  /** It has failed since. */
  isFailed: boolean;
  /** For how long a device may use what it grants; Infinity: without end. */
  leaseMs: number;
}

interface Claimed {
  readonly shape: RangeShape;
  readonly claimants: Set<Claimant>;
}

/** Which scopes of a device name which ranges, and of which ranges that has changed: thousands that stay cost nothing. */
export class RangeClaims {
  readonly #claimedById = new Map<string, Claimed>();
  readonly #changed = new Set<string>();

  shape(id: string): RangeShape | undefined {
    return this.#claimedById.get(id)?.shape;
  }

  /** A scope has returned these ranges, and works. */
  replace(claimant: Claimant, shapes: readonly RangeShape[], leaseMs: number): void {
    const before = claimant.ids;
    const after = new Map(shapes.map((shape) => [shape.id, shape]));
    if (claimant.isFailed || claimant.leaseMs !== leaseMs) for (const id of before) this.#changed.add(id);
    claimant.ids = new Set(after.keys());
    claimant.isFailed = false;
    claimant.leaseMs = leaseMs;
    for (const [id, shape] of after) if (!before.has(id)) this.#claim(claimant, shape);
    for (const id of before) if (!after.has(id)) this.#giveUp(claimant, id);
  }

  /** A scope has failed: what it named before is kept. */
  fail(claimant: Claimant): void {
    if (claimant.isFailed) return;
    claimant.isFailed = true;
    for (const id of claimant.ids) this.#changed.add(id);
  }

  /** A scope is gone, and with it what nobody else names. */
  remove(claimant: Claimant): void {
    for (const id of claimant.ids) this.#giveUp(claimant, id);
    claimant.ids = new Set();
  }

  /** What is said now of the ranges of which something else was said before. */
  *changed(): Iterable<readonly [id: string, claim: RangeClaim]> {
    for (const id of this.#changed) {
      let isGranted = false;
      let isKept = false;
      let leaseMs = 0;
      for (const claimant of this.#claimedById.get(id)?.claimants ?? []) {
        if (claimant.isFailed) isKept = true;
        else {
          isGranted = true;
          leaseMs = Math.max(leaseMs, claimant.leaseMs);
        }
      }
      yield [id, { isGranted, isKept, leaseMs }];
    }
  }

  /** The changes have been acted upon. */
  acknowledge(): void {
    this.#changed.clear();
  }

  #claim(claimant: Claimant, shape: RangeShape): void {
    const claimed = this.#claimedById.get(shape.id) ?? { shape, claimants: new Set() };
    this.#claimedById.set(shape.id, claimed);
    claimed.claimants.add(claimant);
    this.#changed.add(shape.id);
  }

  #giveUp(claimant: Claimant, id: string): void {
    const claimed = this.#claimedById.get(id);
    claimed?.claimants.delete(claimant);
    if (claimed?.claimants.size === 0) this.#claimedById.delete(id);
    this.#changed.add(id);
  }
}
