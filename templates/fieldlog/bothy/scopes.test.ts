// Runs the functions over the real transaction: on a server that has everything, and on a device that holds exactly
// what the scope returned. The inner door serves only to put the two side by side without a process or a socket.

import {
  createTransaction,
  documentKeys,
  HeldRanges,
  keyRangeOf,
  makeId,
  scopeSpecsOf,
  tableOf,
  type FunctionContext,
  type RangeSpec,
  type RegisteredFunction,
  type Value,
} from "bothy/internal";
import { expect, test } from "vitest";
import schema from "./schema.ts";
import { mine } from "./scopes.ts";
import * as airports from "./shared/airports.ts";
import * as comments from "./shared/comments.ts";
import * as picks from "./shared/picks.ts";
import * as profiles from "./shared/profiles.ts";
import * as reports from "./shared/reports.ts";

const me = { tokenIdentifier: "here|me", issuer: "here", subject: "me" };
const other = { tokenIdentifier: "here|other", issuer: "here", subject: "other" };
const startMs = Date.UTC(2026, 0, 1);
let callCount = 0;

/** Calls a function over some rows, and keeps what it writes. */
async function call(rows: HeldRanges, registered: RegisteredFunction, args: object = {}, identity = me) {
  callCount += 1;
  const callNumber = callCount;
  const transaction = createTransaction({
    schema,
    held: rows.clone(),
    timeMs: startMs + callNumber,
    nextId: (table, k) => makeId(table, new Uint8Array(16).fill(callNumber).fill(k, 15)),
    isReadOnly: registered.kind !== "mutation",
  });
  const ctx = { db: transaction.db, auth: { getUserIdentity: async () => identity } } as FunctionContext;
  const value: unknown = await registered.handler(ctx, args as Readonly<Record<string, Value>>);
  for (const { table, id, after } of transaction.writes()) {
    if (after === undefined || after === null) rows.remove(table, id);
    else rows.put(table, after);
  }
  return { value, isComplete: transaction.isComplete() };
}

const everything: readonly RangeSpec[] = ["profiles", "airports", "picks", "reports", "comments", "seedRuns"].map(
  (table) => ({ table, index: "by_creation_time", prefix: [] }),
);

function holding(specs: readonly RangeSpec[]): HeldRanges {
  const rows = HeldRanges.create(schema);
  for (const spec of specs) rows.hold(keyRangeOf(schema, spec));
  return rows;
}

function put(rows: HeldRanges, table: string, fields: Readonly<Record<string, Value>>, k: number): string {
  const id = makeId(table, new Uint8Array(16).fill(k));
  const document = { ...fields, _id: id, _creationTime: k };
  rows.put(table, { id, version: 1, keys: documentKeys(tableOf(schema, table), document), document });
  return id;
}

const fields = {
  date: "2001-06-01",
  species: "Killdeer",
  size: "Small",
  phase: "Climb",
  timeOfDay: "Day",
  damage: "None",
  aircraft: "MD-80",
  operator: "UNKNOWN",
  costRepair: 0,
  costOther: 0,
};

/** Two airports; I have picked the first, somebody else the second, and each has a report. */
async function server() {
  const rows = holding(everything);
  const near = put(rows, "airports", { name: "Near", country: "USA", reportCount: 0 }, 201);
  const far = put(rows, "airports", { name: "Far", country: "USA", reportCount: 0 }, 202);
  await call(rows, profiles.setName, { name: "Ines" });
  await call(rows, profiles.setName, { name: "Otto" }, other);
  await call(rows, picks.add, { airportId: near });
  await call(rows, picks.add, { airportId: far }, other);
  const here = (await call(rows, reports.create, { airportId: near, draftKey: "a", fields })).value;
  const there = (await call(rows, reports.create, { airportId: far, draftKey: "b", fields }, other)).value;
  await call(rows, comments.add, { reportId: here, body: "Feathers kept." });
  await call(rows, comments.add, { reportId: there, body: "Nothing found." }, other);
  return { rows, near, far, here, there };
}

/** What my device holds of a server: the ranges of the scope, and what lies in them. */
async function deviceOf(rows: HeldRanges): Promise<HeldRanges> {
  const { ranges: specs } = scopeSpecsOf("mine", (await call(rows, mine)).value);
  const device = holding(specs);
  for (const spec of specs) {
    for (const row of rows.read(keyRangeOf(schema, spec), "asc", 1000).rows) device.put(spec.table, row);
  }
  return device;
}

test("every query of the app is complete on a device that holds what the scope returns", async () => {
  const { rows, near, here } = await server();
  const device = await deviceOf(rows);
  const calls: readonly (readonly [RegisteredFunction, object])[] = [
    [profiles.mine, {}],
    [airports.list, {}],
    [picks.airports, {}],
    [reports.list, { airportIds: [near] }],
    [reports.get, { reportId: here }],
    [reports.byDraft, { airportId: near, draftKey: "a" }],
    [comments.list, { reportId: here }],
  ];
  for (const [registered, args] of calls) {
    const onServer = await call(rows, registered, args);
    expect(await call(device, registered, args)).toEqual({ value: onServer.value, isComplete: true });
    expect(onServer.value).not.toEqual([]);
    expect(onServer.value).not.toBeNull();
  }
});

test("every mutation of the app runs on such a device without a read that might have missed something", async () => {
  const { rows, near, far, here } = await server();
  const device = await deviceOf(rows);
  const calls: readonly (readonly [RegisteredFunction, object])[] = [
    [profiles.setName, { name: "Ines O." }],
    [picks.add, { airportId: far }],
    [picks.addMany, { airportIds: [near, far] }],
    [picks.remove, { airportId: far }],
    [reports.create, { airportId: near, draftKey: "c", fields }],
    [reports.edit, { reportId: here, changes: { species: "Mallard" } }],
    [reports.close, { reportId: here }],
    [reports.reopen, { reportId: here }],
    [comments.add, { reportId: here, body: "Sent to the lab." }],
  ];
  for (const [registered, args] of calls) expect((await call(device, registered, args)).isComplete).toBe(true);
});

test("nothing of others reaches a device: no profile, no pick, no report of an airport that was not picked", async () => {
  const { rows, far, there } = await server();
  const device = await deviceOf(rows);
  expect((await call(device, reports.get, { reportId: there })).value).toBeNull();
  expect((await call(device, reports.list, { airportIds: [far] })).value).toEqual([]);
  const counts = ["profiles", "picks", "reports", "comments", "airports", "seedRuns"].map(
    (table) => device.rows(table).length,
  );
  expect(counts).toEqual([1, 1, 1, 1, 2, 0]);
});

test("a closed report can't be edited; it can be talked about, and edited again once it is open", async () => {
  const { rows, here } = await server();
  await call(rows, reports.close, { reportId: here }, other);
  const edit = { reportId: here, changes: { damage: "Minor" } };
  await expect(call(rows, reports.edit, edit)).rejects.toMatchObject({ data: { kind: "report_closed" } });
  await call(rows, comments.add, { reportId: here, body: "Why closed?" });
  await call(rows, reports.reopen, { reportId: here });
  await call(rows, reports.edit, edit);
  const { value } = await call(rows, reports.get, { reportId: here });
  expect(value).toMatchObject({ damage: "Minor", status: "open", authorName: "Ines", updatedBy: "Ines" });
  expect(value).not.toHaveProperty("closedBy");
});

test("a device that has not seen the closing lets the edit pass that the server rejects", async () => {
  const { rows, here } = await server();
  const device = await deviceOf(rows);
  await call(rows, reports.close, { reportId: here }, other);
  const edit = { reportId: here, changes: { species: "Mallard" } };
  await call(device, reports.edit, edit);
  await expect(call(rows, reports.edit, edit)).rejects.toMatchObject({ data: { kind: "report_closed" } });
});

test("an edit takes a speed away with null, and leaves what it does not name", async () => {
  const { rows, here } = await server();
  await call(rows, reports.edit, { reportId: here, changes: { speedKnots: 120, costRepair: 5 } });
  await call(rows, reports.edit, { reportId: here, changes: { speedKnots: null } });
  const { value } = await call(rows, reports.get, { reportId: here });
  expect(value).toMatchObject({ costRepair: 5, species: "Killdeer" });
  expect(value).not.toHaveProperty("speedKnots");
});

test("the mutations refuse what the form would refuse, by field", async () => {
  const { rows, near, here } = await server();
  await expect(
    call(rows, reports.edit, { reportId: here, changes: { costRepair: -1, date: "soon" } }),
  ).rejects.toMatchObject({
    data: { kind: "invalid_report", problems: { costRepair: expect.any(String), date: expect.any(String) } },
  });
  await expect(
    call(rows, reports.create, { airportId: near, draftKey: "d", fields: { ...fields, species: " " } }),
  ).rejects.toMatchObject({ data: { kind: "invalid_report" } });
  await expect(call(rows, comments.add, { reportId: here, body: "  " })).rejects.toMatchObject({
    data: { kind: "invalid_text" },
  });
});

test("a new report counts for its airport, and reports stand newest first", async () => {
  const { rows, near, far } = await server();
  await call(rows, reports.create, { airportId: near, draftKey: "e", fields: { ...fields, date: "2002-01-01" } });
  await call(rows, reports.create, { airportId: near, draftKey: "f", fields });
  const { value: listed } = await call(rows, airports.list);
  expect(listed).toMatchObject([
    { name: "Near", reportCount: 3 },
    { name: "Far", reportCount: 1 },
  ]);
  const { value } = await call(rows, reports.list, { airportIds: [far, near] });
  expect(value).toMatchObject([{ date: "2002-01-01" }, { draftKey: "f" }, { draftKey: "b" }, { draftKey: "a" }]);
});

test("picking twice is picking once", async () => {
  const { rows, near, far } = await server();
  await call(rows, picks.add, { airportId: near });
  await call(rows, picks.addMany, { airportIds: [near, far, far] });
  expect((await call(rows, picks.airports)).value).toHaveLength(2);
  await call(rows, picks.remove, { airportId: far });
  await call(rows, picks.remove, { airportId: near });
  expect((await call(rows, picks.airports)).value).toEqual([]);
});
