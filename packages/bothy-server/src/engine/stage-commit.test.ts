import { recordTextMax } from "../log/index.ts";
import { encodeLogEntry } from "./log-entry.ts";
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

test("[EN1] [VA16] a commit whose text is longer than a record of the log may be is refused, and nothing has changed", async () => {
  const engine = await openTestEngine(testWorld());
  const write = putDocument(engine, "notes", { _id: newId("notes"), room: "a", rank: 1, body: "" });
  const { version } = engine;
  expect(() => commit(engine, { ...write, text: "x".repeat(recordTextMax) })).toThrow(
    expect.objectContaining({ code: "transaction_too_large" }),
  );
  expect(engine.version).toBe(version);
  const head = encodeLogEntry({ timeMs: Date.UTC(2026, 0, 1), writes: [{ ...write, text: "" }], records: [] }).length;
  // The length of the text stands in the head too.
  const fits = recordTextMax - head - String(recordTextMax).length + 1;
  expect(commit(engine, { ...write, text: "x".repeat(fits) })).toBe(version + 1);
  await engine.close();
});
