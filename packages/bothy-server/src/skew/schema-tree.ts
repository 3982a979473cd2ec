import { schemaFromJson } from "bothy/internal";
import type { Schema, SchemaJson, TableLens } from "bothy/internal";
import { planTableStep } from "./table-step.ts";
import type { TableStep } from "./table-step.ts";

/** A schema that has been in force here. */
export interface KnownSchema {
  readonly hash: string;
  readonly json: SchemaJson;
  /** By table, what its author said of how it changed. */
  readonly lenses: Readonly<Record<string, TableLens>>;
  /** The one in force before it, when it came into force for the first time; null: it was the first. */
  readonly parent: string | null;
  /** When the next one took its place; null: it is in force. */
  readonly replacedMs: number | null;
}

/** What the schemas of a deployment are to each other: each but the first came after one. */
export type SchemaTree = ReadonlyMap<string, KnownSchema>;

/** From the schema in force to that of a device: the steps of each table that all on the way have. */
export interface SchemaPath {
  readonly target: Schema;
  readonly stepsByTable: ReadonlyMap<string, readonly TableStep[]>;
}

/** A path, or what nothing says how to fill on the way: `table.field`. */
export type PathPlan =
  | { readonly kind: "path"; readonly path: SchemaPath }
  | { readonly kind: "none"; readonly fields: readonly string[] };

/** Tells whether one schema came after another, directly or not. */
export function isAfter(tree: SchemaTree, later: string, earlier: string): boolean {
  return later !== earlier && ancestors(tree, later).includes(earlier);
}

/** Plans how documents under one schema are read under another, through all schemas between. */
export function planPath(tree: SchemaTree, from: string, to: string): PathPlan {
  const up = ancestors(tree, from);
  const down = ancestors(tree, to);
  const shared = up.find((hash) => down.includes(hash));
  const target = tree.get(to);
  if (shared === undefined || target === undefined) return { kind: "none", fields: ["*"] };
  const stations = [...up.slice(0, up.indexOf(shared) + 1), ...down.slice(0, down.indexOf(shared)).toReversed()];
  const known = stations.flatMap((hash) => tree.get(hash) ?? []);
  return walk(tree, known, schemaFromJson(target.json));
}

function walk(tree: SchemaTree, stations: readonly KnownSchema[], target: Schema): PathPlan {
  const newest = [...tree.values()].find(({ replacedMs }) => replacedMs === null)?.lenses ?? {};
  const schemas = stations.map(({ json }) => schemaFromJson(json));
  const stepsByTable = new Map<string, TableStep[]>();
  const fields: string[] = [];
  for (const table of Object.keys(target.tables)) {
    if (schemas.some(({ tables }) => !Object.hasOwn(tables, table))) continue;
    const steps: TableStep[] = [];
    for (const [at, station] of stations.entries()) {
      const next = stations[at + 1];
      const [source, following] = [schemas[at]?.tables[table], schemas[at + 1]?.tables[table]];
      if (next === undefined || source === undefined || following === undefined) break;
      if (JSON.stringify(source.validator.json) === JSON.stringify(following.validator.json)) continue;
      const direction = next.parent === station.hash ? "up" : "down";
      const lens = joinLenses(newest[table], (direction === "up" ? next : station).lenses[table]);
      const plan = planTableStep(source, following, { lens, direction });
      if (plan.kind === "step") steps.push(plan.step);
      else fields.push(...plan.fields.map((field) => `${table}.${field}`));
    }
    stepsByTable.set(table, steps);
  }
  return fields.length > 0 ? { kind: "none", fields } : { kind: "path", path: { target, stepsByTable } };
}

/** What is said now counts for what happened earlier too: so a lens that was forgotten can be added. */
function joinLenses(newest: TableLens = {}, own: TableLens = {}): TableLens {
  return {
    renamed: { ...newest.renamed, ...own.renamed },
    defaults: { ...newest.defaults, ...own.defaults },
    values: { ...newest.values, ...own.values },
  };
}

/** A schema, the one before it, and so on to the first. */
function ancestors(tree: SchemaTree, hash: string): readonly string[] {
  const found: string[] = [];
  for (let at: string | null = hash; at !== null && !found.includes(at); at = tree.get(at)?.parent ?? null) {
    if (!tree.has(at)) break;
    found.push(at);
  }
  return found;
}
