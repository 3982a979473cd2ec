import { keyRangeOf } from "bothy/internal";
import type { Engine } from "../../../packages/bothy-server/src/engine/index.ts";
import { appBundle } from "../app/app.ts";
import { ModelState } from "../oracle/model-state.ts";
import type { LoggedCommit } from "../oracle/read-log-files.ts";
import { indexFields } from "../oracle/run-model.ts";
import type { Broken } from "./broken.ts";

/** P6: every index of an open engine lists the documents that the log comes to, in the index's order. */
export function checkIndexes(engine: Engine, commits: readonly LoggedCommit[]): readonly Broken[] {
  const state = new ModelState();
  for (const commit of commits) if (commit.version <= engine.version) state.apply(commit);
  const broken: Broken[] = [];
  for (const [table, { indexes }] of Object.entries(appBundle.schema.tables)) {
    for (const { name } of indexes) {
      const range = keyRangeOf(engine.schema, { table, index: name, prefix: [] });
      const found = engine.read(range, "asc", 100_000).documents.map(({ id }) => id);
      const fields = name === "by_id" ? ["_id"] : indexFields(table, name);
      const expected = state.ordered(table, fields).map(({ _id }) => _id);
      if (JSON.stringify(found) !== JSON.stringify(expected)) {
        broken.push({
          promise: "P6",
          what: `index ${table}.${name} at version ${engine.version} has ${found.join(" ")}, a full scan ${expected.join(" ")}`,
        });
      }
    }
  }
  return broken;
}
