/** One operation of a history: it added one to each of some counters and got what they became, or read them. */
export interface Operation {
  readonly kind: "added" | "read";
  readonly names: readonly string[];
  readonly values: readonly number[];
  /** Moments of one clock that ticks with every look at it: before the call, after the answer. */
  readonly begunAt: number;
  readonly endedAt: number;
}

/**
 * Finds what keeps a history of counters from being strictly serializable: an addition that was lost or doubled, or
 * operations that no order explains, neither one that the values imply nor one in which each comes after those that had
 * ended when it began. Every value names its writer, so the order of each counter is known and the check is exact.
 */
export function checkHistory(operations: readonly Operation[]): string[] {
  const problems: string[] = [];
  const writers = writersOf(operations, problems);
  const after = operations.map(() => new Set<number>());
  for (const [at, operation] of operations.entries()) {
    for (const [i, name] of operation.names.entries()) {
      const value = operation.values[i] ?? Number.NaN;
      const byValue = writers.get(name);
      const seen = operation.kind === "added" ? value - 1 : value;
      const before = byValue?.get(seen);
      if (seen > 0 && before === undefined)
        problems.push(`${describe(operation)} has seen ${name} = ${seen}, which nobody wrote`);
      if (before !== undefined) after[before]?.add(at);
      const next = operation.kind === "read" ? byValue?.get(value + 1) : undefined;
      if (next !== undefined) after[at]?.add(next);
    }
    for (const [later, other] of operations.entries()) if (operation.endedAt < other.begunAt) after[at]?.add(later);
  }
  const cycle = findCycle(after);
  if (cycle.length > 0) {
    const shown = cycle.map((at) => operations[at]).filter((operation) => operation !== undefined);
    problems.push(`no order explains ${shown.map(describe).join(", then ")}, then the first again`);
  }
  return problems;
}

/** For each counter, the operation that made it each value. */
function writersOf(operations: readonly Operation[], problems: string[]): Map<string, Map<number, number>> {
  const writers = new Map<string, Map<number, number>>();
  for (const [at, operation] of operations.entries()) {
    if (operation.kind === "read") continue;
    for (const [i, name] of operation.names.entries()) {
      const byValue = writers.get(name) ?? new Map<number, number>();
      writers.set(name, byValue);
      const value = operation.values[i] ?? Number.NaN;
      if (byValue.has(value)) problems.push(`two operations made ${name} ${value}`);
      byValue.set(value, at);
    }
  }
  for (const [name, byValue] of writers) {
    for (let value = 1; value <= byValue.size; value++) {
      if (!byValue.has(value)) problems.push(`nobody made ${name} ${value}, though ${byValue.size} added to it`);
    }
  }
  return writers;
}

/** The nodes of some cycle; empty if there is none. */
function findCycle(after: readonly ReadonlySet<number>[]): readonly number[] {
  const state = new Map<number, "open" | "done">();
  const path: number[] = [];
  const visit = (node: number): readonly number[] => {
    if (state.get(node) === "done") return [];
    if (state.get(node) === "open") return path.slice(path.indexOf(node));
    state.set(node, "open");
    path.push(node);
    for (const next of after[node] ?? []) {
      const cycle = visit(next);
      if (cycle.length > 0) return cycle;
    }
    path.pop();
    state.set(node, "done");
    return [];
  };
  for (const node of after.keys()) {
    const cycle = visit(node);
    if (cycle.length > 0) return cycle;
  }
  return [];
}

function describe({ kind, names, values, begunAt, endedAt }: Operation): string {
  const counters = names.map((name, at) => `${name}=${String(values[at])}`).join(" ");
  return `${kind} ${counters} (${begunAt} to ${endedAt})`;
}
