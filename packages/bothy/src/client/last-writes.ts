import { fieldDigests, wroteDocumentsMax, wroteFieldsMax, type PushedMutation, type Wrote } from "../protocol/index.ts";
import { stringifyValue } from "../values/index.ts";
import type { Core } from "./core.ts";
import type { CallRun } from "./run-call.ts";

/**
 * Adds what the last run here wrote to mutations on their way to a deployment under development (SY70): only of runs that say what
 * the deployment's should come to, so not of one that lacked a document or that stands on what a failed scope has left.
 */
export function tellWrites(
  { overlay, state }: Pick<Core, "overlay" | "state">,
  mutationAt: (n: number) => PushedMutation | undefined,
): (n: number) => PushedMutation | undefined {
  if (state.hasFailedScope) return mutationAt;
  const callByN = new Map(overlay.pending.map(({ n, call }) => [n, call]));
  return (n) => {
    const mutation = mutationAt(n);
    const call = callByN.get(n);
    const run = call && overlay.runOf(call);
    const wrote = run && wroteIn(run, state.version);
    return mutation && !mutation.again && wrote ? { ...mutation, wrote } : mutation;
  };
}

function wroteIn({ outcome, isComplete, writes }: CallRun, at: number): Wrote | undefined {
  if (!isComplete || outcome.kind === "threw" || writes.length > wroteDocumentsMax) return undefined;
  const documents: Wrote["documents"][number][] = [];
  for (const { table, id, row } of writes) {
    const fields = row && fieldDigests(stringifyValue(row.document));
    if (row?.projection !== undefined || (fields?.length ?? 0) > wroteFieldsMax) return undefined;
    documents.push([table, id, fields]);
  }
  return { at, documents };
}
