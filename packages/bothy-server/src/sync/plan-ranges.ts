/** What a scope says now: the ids of its ranges, and whether it failed since it said so. */
export interface ScopeRanges {
  readonly ids: Iterable<string>;
  readonly isFailed: boolean;
}

/** What becomes of the ranges of a device. */
export interface RangePlan {
  readonly granted: readonly string[];
  readonly lost: readonly string[];
  /** Held by a scope that failed: nothing new, nothing dropped (SY13). */
  readonly frozen: readonly string[];
  readonly thawed: readonly string[];
}

/** Compares what scopes say with what a device holds. Only a scope that returned drops or grants. */
export function planRanges(
  scopes: Iterable<ScopeRanges>,
  held: ReadonlyMap<string, { readonly isFrozen: boolean }>,
): RangePlan {
  const following = new Set<string>();
  const kept = new Set<string>();
  for (const { ids, isFailed } of scopes) for (const id of ids) (isFailed ? kept : following).add(id);
  const lost: string[] = [];
  const frozen: string[] = [];
  const thawed: string[] = [];
  for (const [id, { isFrozen }] of held) {
    if (following.has(id)) {
      if (isFrozen) thawed.push(id);
    } else if (!kept.has(id)) lost.push(id);
    else if (!isFrozen) frozen.push(id);
  }
  return { granted: [...following].filter((id) => !held.has(id)), lost, frozen, thawed };
}
