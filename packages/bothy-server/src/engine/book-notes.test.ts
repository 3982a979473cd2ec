import { documentKeys, tableOf } from "bothy/internal";
import { expect, test } from "vitest";
import type { StoreReader } from "../store/index.ts";
import { keysEnd } from "./book-entries.ts";
import { BookNotes } from "./book-notes.ts";
import { Books } from "./books.ts";
import { newId, testSchema } from "./test-engine.ts";
import { encodeStored } from "./stored-document.ts";

const table = tableOf(testSchema, "notes");

function keysIn(id: string, room: string): readonly string[] {
  return documentKeys(table, { _id: id, _creationTime: 0, room, rank: 0, body: "" });
}

test("[EN26] a commit reads and writes as many places of the books however many prefixes, entries and documents there are", () => {
  const shape = { since: 1, countedTo: keysEnd, wholeAt: 1, table: "notes" };
  const books = new Books(testSchema, [
    { ...shape, index: "by_room", equalities: 1 },
    { ...shape, index: "by_id", equalities: 0 },
  ]);
  const entries = new Map<string, string>();
  let gets = 0;
  const view: StoreReader = {
    get: (key) => {
      gets++;
      return entries.get(key);
    },
    range: () => {
      throw new Error("a commit reads no range");
    },
  };
  const storedById = new Map<string, string>();
  const commit = (version: number, id: string, before: string | null, after: string): readonly [number, number] => {
    gets = 0;
    const notes = new BookNotes(books, view, version);
    const keys = [before === null ? null : keysIn(id, before), keysIn(id, after)] as const;
    notes.note({ table: "notes", id, text: "{}", before: keys[0], after: keys[1] }, storedById.get(id));
    const writes = notes.writes();
    for (const [key, value] of writes) {
      if (value === undefined) entries.delete(key);
      else entries.set(key, value);
    }
    storedById.set(id, encodeStored(version, "", "{}"));
    return [gets, writes.length];
  };
  const first = newId("notes");
  commit(2, first, null, "a");
  const moves = [commit(3, first, "a", "b"), commit(4, first, "b", "b")];
  for (let i = 0; i < 500; i++) commit(5 + i, newId("notes"), null, `room ${i % 50}`);
  expect([commit(1_000, first, "b", "c"), commit(1_001, first, "c", "c")]).toEqual(moves);
});
