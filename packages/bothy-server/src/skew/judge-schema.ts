import type { TableDefinition } from "bothy/internal";
import { createTerms } from "./path-terms.ts";
import type { PathTerms } from "./path-terms.ts";
import { isAfter, planPath } from "./schema-tree.ts";
import type { SchemaTree } from "./schema-tree.ts";

/** What a device's schema means to the one in force. */
export type SchemaVerdict =
  | { readonly kind: "same" }
  /** It is served in its own terms. */
  | { readonly kind: "reached"; readonly terms: PathTerms }
  /** Its app is newer than what the deployment runs: it waits. */
  | { readonly kind: "ahead" }
  /** Its app has to be updated. */
  | { readonly kind: "out_of_reach" };

/** What is known when the schema of a device is judged. */
export interface SchemaFacts {
  readonly tree: SchemaTree;
  /** The schema in force. */
  readonly current: string;
  readonly nowMs: number;
  /** How long devices of a schema are served after another has taken its place. */
  readonly supportMs: number;
  /** A table of the schema in force. */
  readonly tableInForce: (table: string) => TableDefinition;
}

/** Judges the schema that a device names. */
export function judgeSchema(
  hash: string,
  { tree, current, nowMs, supportMs, tableInForce }: SchemaFacts,
): SchemaVerdict {
  if (hash === current) return { kind: "same" };
  const known = tree.get(hash);
  // Whoever updates an app before its deployment brings a schema that has never been in force here.
  if (known === undefined) return { kind: "ahead" };
  const isNewer = isAfter(tree, hash, current);
  const isLate = nowMs - (known.replacedMs ?? nowMs) > supportMs;
  if (isLate && !isNewer) return { kind: "out_of_reach" };
  const plan = planPath(tree, current, hash);
  if (plan.kind === "path") return { kind: "reached", terms: createTerms(hash, plan.path, tableInForce) };
  return { kind: isNewer ? "ahead" : "out_of_reach" };
}
