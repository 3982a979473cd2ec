import type { RegisteredFunction } from "bothy/internal";
import { expect, test } from "vitest";
import { call, deviceOf, fields, other, server, tables } from "./fixtures/app.stage.ts";
import * as airports from "./shared/airports.ts";
import * as comments from "./shared/comments.ts";
import * as history from "./shared/history.ts";
import * as picks from "./shared/picks.ts";
import * as profiles from "./shared/profiles.ts";
import * as reports from "./shared/reports.ts";

test("every query of the app is complete on a device that holds what the scope returns", async () => {
  const { rows, near, here } = await server();
  await call(rows, reports.edit, { reportId: here, changes: { size: "Large" }, seen: { size: "Medium" } }, other);
  const device = await deviceOf(rows);
  const calls: readonly (readonly [RegisteredFunction, object])[] = [
    [profiles.mine, {}],
    [airports.list, {}],
    [picks.airports, {}],
    [reports.list, { airportIds: [near] }],
    [reports.get, { reportId: here }],
    [reports.byDraft, { airportId: near, draftKey: "a" }],
    [comments.list, { reportId: here }],
    [history.list, { reportId: here }],
    [history.conflicts, {}],
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
  await call(rows, reports.edit, { reportId: here, changes: { species: "Moa" }, seen: { species: "Kea" } }, other);
  const device = await deviceOf(rows);
  const historyId = device.rows("history").find((row) => row.document["kind"] === "edited")?.id;
  const [comment] = device.rows("comments");
  const calls: readonly (readonly [RegisteredFunction, object])[] = [
    [profiles.setName, { name: "Ines O." }],
    [picks.add, { airportId: far }],
    [picks.addMany, { airportIds: [near, far] }],
    [picks.remove, { airportId: far }],
    [reports.create, { airportId: near, draftKey: "c", fields }],
    [reports.edit, { reportId: here, changes: { species: "Mallard" } }],
    [history.settle, { reportId: here, historyId, field: "species", choice: "take", seen: "Mallard" }],
    [reports.review, { reportId: here }],
    [reports.close, { reportId: here }],
    [reports.reopen, { reportId: here }],
    [reports.closeMany, { reportIds: [here] }],
    [comments.add, { reportId: here, body: "Sent to the lab.", inReplyTo: comment?.id }],
  ];
  for (const [registered, args] of calls) expect((await call(device, registered, args)).isComplete).toBe(true);
});

test("nothing of others reaches a device: no profile, no pick, no report of an airport that was not picked", async () => {
  const { rows, far, there } = await server();
  const device = await deviceOf(rows);
  expect((await call(device, reports.get, { reportId: there })).value).toBeNull();
  expect((await call(device, reports.list, { airportIds: [far] })).value).toEqual([]);
  const counts = Object.fromEntries(tables.map((table) => [table, device.rows(table).length]));
  expect(counts).toEqual({ profiles: 1, picks: 1, reports: 1, comments: 1, history: 1, airports: 2, seedRuns: 0 });
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
