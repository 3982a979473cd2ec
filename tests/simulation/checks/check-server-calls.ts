import type { Broken } from "./broken.ts";
import type { Committed } from "./check-commits.ts";
import type { FinishedRun } from "./finished-run.ts";
import type { FreshResults } from "./fresh-results.ts";

/**
 * P1: what a query answered is what it returns at some version that is not older than anything that was acknowledged to
 * anybody before it was asked.
 */
export function checkServerCalls(
  { history }: FinishedRun,
  { decisionByOperation }: Committed,
  fresh: FreshResults,
): readonly Broken[] {
  const acknowledged = history.mutations.flatMap(({ id, device, server }) => {
    const version = decisionByOperation.get(id)?.version;
    const isKnown = server.kind !== "waiting" && !history.isForgottenBy(device, server.atMs);
    return isKnown && version !== undefined ? [{ atMs: server.atMs, version }] : [];
  });
  return history.serverCalls.flatMap(({ id, name, args, calledMs, answer }): readonly Broken[] => {
    if (answer === undefined || name === "office:enter" || history.isForgotten(calledMs)) return [];
    const known = acknowledged.filter(({ atMs }) => atMs < calledMs);
    const from = Math.max(0, ...known.map(({ version }) => version));
    const query = `${name} ${JSON.stringify(args)}`;
    for (let version = from; version <= fresh.lastVersion; version++) {
      if (fresh.at(version, query, "") === answer.value) return [];
    }
    return [
      {
        promise: "P1",
        what: `${id}: ${query} answered ${answer.value}, which it is at no version from ${from} on`,
        atMs: answer.atMs,
      },
    ];
  });
}
