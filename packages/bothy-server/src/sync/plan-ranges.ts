/** What scopes say of one range, together. */
export interface RangeClaim {
  /** One that works grants it. */
  readonly isGranted: boolean;
  /** One that has failed granted it last. */
  readonly isKept: boolean;
  /** The longest of the leases under which it is granted; Infinity: without end. */
  readonly leaseMs: number;
}

/** What becomes of the ranges of a device. */
export interface RangePlan {
  readonly granted: readonly GrantPlan[];
  readonly lost: readonly string[];
  /** Held by a scope that failed: nothing new, nothing dropped (SY13). */
  readonly frozen: readonly string[];
  readonly thawed: readonly string[];
  /** Held on, under another lease. */
  readonly leased: readonly GrantPlan[];
}

/** A range, and the lease under which it is granted. */
export interface GrantPlan {
  readonly id: string;
  readonly leaseMs: number;
}

/** A range as a device holds it. */
export interface HeldClaim {
  readonly isFrozen: boolean;
  readonly leaseMs: number;
}

/** Compares what scopes say of some ranges with what a device holds of them. Only a scope that returned drops or grants. */
export function planRanges(
  claims: Iterable<readonly [id: string, claim: RangeClaim]>,
  held: ReadonlyMap<string, HeldClaim>,
): RangePlan {
  const granted: GrantPlan[] = [];
  const lost: string[] = [];
  const frozen: string[] = [];
  const thawed: string[] = [];
  const leased: GrantPlan[] = [];
  for (const [id, { isGranted, isKept, leaseMs }] of claims) {
    const before = held.get(id);
    if (before === undefined) {
      if (isGranted) granted.push({ id, leaseMs });
    } else if (isGranted) {
      if (before.isFrozen) thawed.push(id);
      if (before.leaseMs !== leaseMs) leased.push({ id, leaseMs });
    } else if (!isKept) lost.push(id);
    else if (!before.isFrozen) frozen.push(id);
  }
  return { granted, lost, frozen, thawed, leased };
}
