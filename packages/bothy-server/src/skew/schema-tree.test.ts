import {
  defineSchema,
  defineTable,
  lensToJson,
  parseValue,
  schemaHash,
  schemaToJson,
  stringifyValue,
  v,
} from "bothy/internal";
import type { Document, Schema, Value } from "bothy/internal";
import { expect, test } from "vitest";
import { createTerms } from "./path-terms.ts";
import { lensesOf, withApp } from "./schema-history.ts";
import type { AppSchema } from "./schema-history.ts";
import { isAfter, planPath } from "./schema-tree.ts";
import type { SchemaTree } from "./schema-tree.ts";

function appSchema(schema: Schema): AppSchema {
  const lenses = Object.values(schema.tables).flatMap(({ name, lens }) => (lens ? [[name, lensToJson(lens)]] : []));
  return { hash: schemaHash(schema), json: schemaToJson(schema), lenses: Object.fromEntries(lenses) };
}

/** The history after these schemas have been in force, one after the other. */
function historyOf(...schemas: readonly Schema[]): SchemaTree {
  return schemas.reduce<SchemaTree>((tree, schema, at) => withApp(tree, appSchema(schema), at * 1_000), new Map());
}

/** A document of one schema in the terms of another. */
function told(tree: SchemaTree, [from, to]: readonly [Schema, Schema], fields: { readonly [field: string]: Value }) {
  const plan = planPath(tree, schemaHash(from), schemaHash(to));
  if (plan.kind === "none") return plan.fields;
  const terms = createTerms("hash", plan.path, (table) => from.tables[table] ?? fail());
  const text = stringifyValue({ ...fields, _id: "id", _creationTime: 1 });
  const { _id, _creationTime, ...rest } = parseValue(terms.formOf("reports").textOf(text)) as Document;
  return rest;
}

function fail(): never {
  throw new Error("the schema has the table");
}

const reports = defineTable;
const one = defineSchema({ reports: reports({ note: v.string(), size: v.number() }) });
const withMore = defineSchema({
  reports: reports({ note: v.string(), size: v.number(), place: v.string().optional() }).index("by_note", ["note"]),
  comments: reports({ text: v.string() }),
});
const renamed = defineSchema({
  reports: reports({ remarks: v.string(), size: v.number() }).lens({ renamed: { note: "remarks" } }),
});
const renamedAgain = defineSchema({
  reports: reports({ comment: v.string(), size: v.number() }).lens({
    renamed: { note: "remarks", remarks: "comment" },
  }),
});
const reused = defineSchema({
  reports: reports({ remarks: v.string(), size: v.number(), note: v.string().optional() }).lens({
    renamed: { note: "remarks" },
  }),
});
const withoutSize = defineSchema({ reports: reports({ note: v.string() }) });

test("[SK5] a new table, index or optional field, and a field that goes, need no word", () => {
  const tree = historyOf(one, withMore);
  expect(told(tree, [withMore, one], { note: "n", size: 1, place: "here" })).toEqual({ note: "n", size: 1 });
  expect(told(tree, [one, withMore], { note: "n", size: 1 })).toEqual({ note: "n", size: 1 });
});

test("[SK5] what a schema lacks and the other demands has to be said, and what was forgotten can be said later", () => {
  const tree = historyOf(one, withoutSize);
  expect(told(tree, [withoutSize, one], { note: "n" })).toEqual(["reports.size"]);
  const said = defineSchema({ reports: reports({ note: v.string() }).lens({ defaults: { size: 0 } }) });
  // The same schema, with a word more.
  expect(schemaHash(said)).toBe(schemaHash(withoutSize));
  const mended = withApp(tree, appSchema(said), 5_000);
  expect(told(mended, [said, one], { note: "n" })).toEqual({ note: "n", size: 0 });
  const later = defineSchema({
    reports: reports({ note: v.string(), x: v.any() }).lens({ defaults: { size: 7, x: 1 } }),
  });
  expect(told(withApp(tree, appSchema(later), 5_000), [later, one], { note: "n", x: 2 })).toEqual({
    note: "n",
    size: 7,
  });
});

test("[SK5] [SK6] each saying counts in the step that shows it, through all schemas between", () => {
  const tree = historyOf(one, renamed, renamedAgain);
  expect(told(tree, [renamedAgain, one], { comment: "c", size: 1 })).toEqual({ note: "c", size: 1 });
  expect(told(tree, [one, renamedAgain], { note: "c", size: 1 })).toEqual({ comment: "c", size: 1 });
  // A name that is used again is another field.
  const again = historyOf(one, renamed, reused);
  expect(told(again, [reused, one], { remarks: "r", size: 1, note: "new" })).toEqual({ note: "r", size: 1 });
});

test("[SK5] [SK8] a field that is renamed in two deploys is read under either name, and no range of it claims to be whole", () => {
  const lens = { renamed: { note: "remarks" } };
  const noted = defineSchema({ reports: reports({ note: v.optional(v.string()) }).index("by_note", ["note"]) });
  const both = defineSchema({
    reports: reports({ note: v.optional(v.string()), remarks: v.optional(v.string()) })
      .index("by_note", ["note"])
      .index("by_remarks", ["remarks"])
      .lens(lens),
  });
  const done = defineSchema({ reports: reports({ remarks: v.string() }).index("by_remarks", ["remarks"]).lens(lens) });
  const tree = historyOf(noted, both, done);
  expect(told(tree, [both, noted], { note: "not copied yet" })).toEqual({ note: "not copied yet" });
  expect(told(tree, [both, noted], { remarks: "r", note: "n" })).toEqual({ note: "r" });
  expect(told(tree, [done, both], { remarks: "r" })).toEqual({ remarks: "r" });
  expect(told(tree, [both, done], { remarks: "r", note: "n" })).toEqual(["reports.remarks"]);
  expect(told(tree, [done, noted], { remarks: "r" })).toEqual({ note: "r" });
  // Documents with the value under the other name lie outside.
  const specIn = (from: Schema, field: string) => {
    const plan = planPath(tree, schemaHash(from), schemaHash(noted));
    if (plan.kind === "none") return plan.fields;
    const terms = createTerms("hash", plan.path, (table) => from.tables[table] ?? fail());
    return terms.specOf({ table: "reports", index: `by_${field}`, prefix: ["x"] })?.index;
  };
  expect([specIn(both, "remarks"), specIn(both, "note")]).toEqual([undefined, undefined]);
});

test("[SK6] what was tried and rolled back is no part of the way from what came instead", () => {
  const tree = historyOf(one, withoutSize, one, renamed);
  expect(told(tree, [renamed, one], { remarks: "r", size: 4 })).toEqual({ note: "r", size: 4 });
  expect(told(tree, [renamed, withoutSize], { remarks: "r", size: 4 })).toEqual({ note: "r" });
});

test("[SK1] each schema comes after the one that was in force, keeps its place when it comes back, and is told when it was replaced", () => {
  const tree = historyOf(one, renamed, one, withMore);
  const [a, b, c] = [one, renamed, withMore].map(schemaHash) as [string, string, string];
  expect([tree.get(a), tree.get(b), tree.get(c)]).toMatchObject([
    { parent: null, replacedMs: 3_000 },
    { parent: a, replacedMs: 2_000 },
    { parent: a, replacedMs: null },
  ]);
  expect([isAfter(tree, b, a), isAfter(tree, a, b), isAfter(tree, b, c)]).toEqual([true, false, false]);
  expect(lensesOf(appSchema(renamed).lenses)).toMatchObject({ reports: { renamed: { note: "remarks" } } });
});
