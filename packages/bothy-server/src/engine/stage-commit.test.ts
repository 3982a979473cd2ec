import { expect, test } from "vitest";
import { commit, contentOf, deleteDocument, newId, openTestEngine, putDocument, testWorld } from "./test-engine.ts";

test("[EN1] an insert of a document that is there is refused by name and changes nothing", async () => {
  const engine = await openTestEngine(testWorld());
  const _id = newId("people");
  const insert = putDocument(engine, "people", { _id, name: "Ada" });
  const other = putDocument(engine, "people", { _id: newId("people"), name: "Eve" });
  commit(engine, insert);
  const before = { version: engine.version, content: contentOf(engine) };
  expect(() => commit(engine, other, insert)).toThrow(expect.objectContaining({ code: "document_exists" }));
  expect({ version: engine.version, content: contentOf(engine) }).toEqual(before);
  commit(engine, deleteDocument(engine, "people", _id));
  commit(engine, insert, other);
  await engine.close();
});
