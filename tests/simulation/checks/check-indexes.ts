import { keyRangeOf, type Document, type Value } from "bothy/internal";
import type { Engine } from "../../../packages/bothy-server/src/engine/index.ts";
import { appBundle } from "../app/app.ts";
import { ModelState } from "../oracle/model-state.ts";
import type { LoggedCommit } from "../oracle/read-log-files.ts";
import { indexFields } from "../oracle/run-model.ts";
import type { Broken } from "./broken.ts";

/**
 * P6: every index of an open engine lists the documents that the log comes to, in the index's order, and each under the fields that it
 * has now: one that stayed in its old place may be in the right order by chance.
 */
export function checkIndexes(engine: Engine, commits: readonly LoggedCommit[]): readonly Broken[] {
  const state = new ModelState();
  for (const commit of commits) if (commit.version <= engine.version) state.apply(commit);
  return Object.entries(appBundle.schema.tables).flatMap(([table, { indexes }]) =>
    indexes.flatMap(({ name }): readonly Broken[] => {
      const fields = name === "by_id" ? ["_id"] : indexFields(table, name);
      const documents = state.ordered(table, fields);
      const place = { table, index: name };
      const found = idsIn(engine, { ...place, prefix: [] });
      const expected = documents.map(({ _id }) => _id);
      const lost = documents.filter(
        (one) => !idsIn(engine, { ...place, prefix: valuesOf(one, fields) }).includes(one._id),
      );
      if (lost.length === 0 && JSON.stringify(found) === JSON.stringify(expected)) return [];
      const what = `index ${table}.${name} at version ${engine.version} has ${found.join(" ")}, a full scan ${expected.join(" ")}`;
      return [
        { promise: "P6", what: `${what}; not in their places are ${lost.map(({ _id }) => _id).join(" ") || "none"}` },
      ];
    }),
  );
}

function idsIn(
  engine: Engine,
  spec: { readonly table: string; readonly index: string; readonly prefix: Value[] },
): string[] {
  return engine.read(keyRangeOf(engine.schema, spec), "asc", 100_000).documents.map(({ id }) => id);
}

function valuesOf(document: Document, fields: readonly string[]): Value[] {
  return fields.map((field) => document[field] ?? null);
}
