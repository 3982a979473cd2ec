import { expect, test } from "vitest";
import { fieldDigests } from "bothy/internal";
import type { DocumentWrite } from "../engine/index.ts";
import { compareWrites, describeDifferences } from "./compare-writes.ts";

const put = (id: string, document: object, more: Partial<DocumentWrite> = {}): DocumentWrite => ({
  table: "notes",
  id,
  text: JSON.stringify(document),
  before: null,
  after: [],
  ...more,
});
const told = (id: string, document: object | null) =>
  ["notes", id, document && fieldDigests(JSON.stringify(document))] as const;

test("[SY71] equal writes in any order are no difference", () => {
  const device = [told("1", { a: 1, b: [2] }), told("2", null)];
  expect(compareWrites(device, [put("2", {}, { text: null }), put("1", { a: 1, b: [2] })])).toEqual([]);
});

test("[SY71] fields that differ, are missing or too many are named, once for a table", () => {
  const device = [told("1", { a: 1, b: 2, c: 3 }), told("2", { a: 1 })];
  const found = compareWrites(device, [put("1", { a: 1, b: 3, d: 3 }), put("2", { a: 2 })]);
  expect(found).toEqual([{ table: "notes", kind: "fields", fields: ["a", "b", "c", "d"] }]);
  expect(describeDifferences(found)).toBe("other values in notes.a, notes.b, notes.c, notes.d");
});

test("[SY71] documents that one side alone wrote or deleted are told by their table", () => {
  const device = [told("1", { a: 1 }), told("2", null)];
  const server = [put("2", { a: 1 }), { ...put("3", { a: 1 }), table: "audit" }];
  expect(compareWrites(device, server).map(({ table, kind }) => [table, kind])).toEqual([
    ["notes", "deleted"],
    ["audit", "server"],
    ["notes", "device"],
  ]);
});

test("[SY71] what operations come to is not compared", () => {
  expect(compareWrites([told("1", { a: 1 })], [put("1", { a: 5 }, { merges: [["a", "inc", 1]] })])).toEqual([]);
});
