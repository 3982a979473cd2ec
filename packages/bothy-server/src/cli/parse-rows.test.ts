import { defineSchema, defineTable, makeId, tableOf, v } from "bothy/internal";
import { expect, test } from "vitest";
import { parseRows } from "./parse-rows.ts";
import type { RowFormat } from "./parse-rows.ts";

const schema = defineSchema({
  birds: defineTable({
    name: v.string(),
    count: v.optional(v.int64()),
    more: v.optional(v.object({ ages: v.array(v.int64()) })),
  }).index("by_name", ["name"]),
  things: defineTable(
    v.union(
      v.object({ kind: v.literal("circle"), radius: v.number() }),
      v.object({ kind: v.literal("square"), side: v.number(), isFilled: v.boolean() }),
    ),
  ),
});

const rowsOf = (text: string, format: RowFormat, table = "birds") =>
  parseRows(new TextEncoder().encode(text), format, { schema, table: tableOf(schema, table) });

function problemsOf(text: string, format: RowFormat, table?: string): string {
  try {
    rowsOf(text, format, table);
    return "";
  } catch (error) {
    expect(error).toMatchObject({ code: "import_invalid" });
    return error instanceof Error ? error.message : "";
  }
}

test("a byte order mark and empty lines are no content", () => {
  expect(rowsOf("\ufeffname\n\na\n\n", "csv")).toEqual([{ name: "a" }]);
  expect(rowsOf('\ufeff[{"name":"a"}]', "json")).toEqual([{ name: "a" }]);
  expect(rowsOf('\ufeff{"name":"a"}\r\n\r\n', "jsonl")).toEqual([{ name: "a" }]);
  for (const format of ["csv", "jsonl"] as const) expect(rowsOf("", format)).toEqual([]);
  expect(rowsOf("name,count\n", "csv")).toEqual([]);
});

test("whole numbers of JSON become int64 where only that fits, however deep", () => {
  expect(rowsOf('[{"name":"a","count":2,"more":{"ages":[1,2]}}]', "json")).toEqual([
    { name: "a", count: 2n, more: { ages: [1n, 2n] } },
  ]);
  expect(problemsOf('[{"name":"a","count":2.5}]', "json")).toContain("element 1");
});

test("a table of several kinds of rows takes each as what it is", () => {
  expect(rowsOf("kind,radius,side,isFilled\ncircle,2,,\nsquare,,3,true\n", "csv", "things")).toEqual([
    { kind: "circle", radius: 2 },
    { kind: "square", side: 3, isFilled: true },
  ]);
  expect(problemsOf("kind,radius,side,isFilled\nsquare,,3,\n", "csv", "things")).toContain("line 2");
});

test("fields named like something that every object inherits are plain fields", () => {
  expect(problemsOf("name,constructor\na,b\n", "csv")).toContain("constructor");
  expect(problemsOf("name,__proto__\na,b\n", "csv")).toContain("__proto__");
});

test("a row that spans lines is named by its last line", () => {
  expect(problemsOf('name,count\n"a\nb",x\n', "csv")).toContain("line 3");
});

test("[BK20] ids and times of rows are kept, and refused where they are none, of another table or repeated", () => {
  const [own, other] = [makeId("birds", new Uint8Array(16)), makeId("things", new Uint8Array(16))];
  const rows = [{ _id: own, _creationTime: 5.5, name: "a" }];
  expect(rowsOf(JSON.stringify(rows), "json")).toEqual(rows);
  expect(rowsOf(`_id,_creationTime,name\n${own},5.5,a\n,,b\n`, "csv")).toEqual([...rows, { name: "b" }]);
  expect(problemsOf(JSON.stringify([{ _id: other, name: "a" }]), "json")).toContain('belongs to table "things"');
  expect(problemsOf(JSON.stringify([...rows, ...rows]), "json")).toContain("element 2");
  expect(problemsOf(`_creationTime,name\nyesterday,a\n`, "csv")).toContain("a number");
  expect(problemsOf('[{"_creationTime":-1,"name":"a"}]', "json")).toContain("_creationTime");
});

test("a row with an id that is none, or one that its index can't hold, is refused", () => {
  expect(problemsOf('[{"_id":"x","name":"a"}]', "json")).toContain("_id");
  expect(problemsOf(JSON.stringify([{ name: "x".repeat(2_000) }]), "json")).toContain("element 1");
});
