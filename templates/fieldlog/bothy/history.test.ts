import { makeId, type HeldRanges } from "bothy/internal";
import { expect, test } from "vitest";
import { call, deviceOf, fields, me, other, put, server } from "./fixtures/app.stage.ts";
import * as history from "./shared/history.ts";
import * as reports from "./shared/reports.ts";

interface Row {
  readonly _id: string;
  readonly kind: string;
  readonly by: string;
  readonly fields?: readonly object[];
}

async function rowsOf(rows: HeldRanges, reportId: unknown): Promise<readonly Row[]> {
  return (await call(rows, history.list, { reportId })).value as Row[];
}

/** What the history of a report says, in a few words. */
async function acts(rows: HeldRanges, reportId: unknown): Promise<string[]> {
  return (await rowsOf(rows, reportId)).map(({ kind, by }) => `${by} ${kind}`);
}

const conflicts = async (rows: HeldRanges) => (await call(rows, history.conflicts)).value;

/** Otto turns the Killdeer into a Moa; Ines, who has not seen it, into a Kea. Both also wrote other fields. */
async function collision() {
  const stage = await server();
  const { rows, here: reportId } = stage;
  const device = await deviceOf(rows);
  const ottos = { reportId, changes: { species: "Moa", costOther: 5 }, seen: { species: "Killdeer", costOther: 0 } };
  const ines = { reportId, changes: { species: "Kea", size: "Large" }, seen: { species: "Killdeer", size: "Small" } };
  await call(device, reports.edit, ines);
  expect(await conflicts(device)).toEqual([]);
  await call(rows, reports.edit, ottos, other);
  // Her device learns of his edit, and runs hers again on top of it, before the server has it.
  const rebased = await deviceOf(rows);
  await call(rebased, reports.edit, ines);
  await call(rows, reports.edit, ines);
  return { ...stage, rebased };
}

test("every act on a report leaves a row: who did it, and what each field held before", async () => {
  const { rows, here: reportId } = await server();
  await call(rows, reports.edit, { reportId, changes: { species: "Mallard", size: "Small", speedKnots: 90 } });
  await call(rows, reports.review, { reportId }, other);
  await call(rows, reports.edit, { reportId, changes: { speedKnots: null } });
  await call(rows, reports.close, { reportId });
  await call(rows, reports.reopen, { reportId }, other);
  expect(await acts(rows, reportId)).toEqual([
    "Ines filed",
    "Ines edited",
    "Otto reviewed",
    "Ines edited",
    "Ines closed",
    "Otto reopened",
  ]);
  // Counted, not timed: an act that was done earlier may come later.
  expect(await rowsOf(rows, reportId)).toMatchObject([1, 2, 3, 4, 5, 6].map((place) => ({ place })));
  // The size was written as it stood: nothing happened to it.
  expect((await rowsOf(rows, reportId)).map((row) => row.fields)).toEqual([
    undefined,
    [
      { field: "species", from: "Killdeer", to: "Mallard" },
      { field: "speedKnots", from: null, to: 90 },
    ],
    undefined,
    [{ field: "speedKnots", from: 90, to: null }],
    undefined,
    undefined,
  ]);
});

test("acts that change nothing leave no row", async () => {
  const { rows, here: reportId } = await server();
  await call(rows, reports.edit, { reportId, changes: { species: "Killdeer" }, seen: { species: "Mallard" } });
  for (const reached of [reports.reopen, reports.unreview]) await call(rows, reached, { reportId });
  for (const repeated of [reports.review, reports.unreview, reports.review, reports.close, reports.reopen]) {
    await call(rows, repeated, { reportId });
    await call(rows, repeated, { reportId });
  }
  expect(await acts(rows, reportId)).toEqual([
    "Ines filed",
    "Ines reviewed",
    "Ines reopened",
    "Ines reviewed",
    "Ines closed",
    "Ines reopened",
  ]);
});

test("a report goes from open to reviewed to closed; reopened it is reviewed as before, until that is taken back too", async () => {
  const { rows, here: reportId } = await server();
  const report = async () => (await call(rows, reports.get, { reportId })).value;
  await call(rows, reports.review, { reportId }, other);
  expect(await report()).toMatchObject({ status: "reviewed", reviewedBy: "Otto" });
  await call(rows, reports.edit, { reportId, changes: { damage: "Minor" } });
  expect(await report()).toMatchObject({ status: "reviewed", damage: "Minor" });
  await call(rows, reports.close, { reportId });
  expect(await report()).toMatchObject({ status: "closed", closedBy: "Ines", reviewedBy: "Otto" });
  for (const refused of [reports.review, reports.unreview]) {
    await expect(call(rows, refused, { reportId })).rejects.toMatchObject({ data: { kind: "report_closed" } });
  }
  await call(rows, reports.reopen, { reportId });
  // Two people reopen it at once: the second does not take the review away.
  await call(rows, reports.reopen, { reportId }, other);
  const reopened = await report();
  expect(reopened).toMatchObject({ status: "reviewed", reviewedBy: "Otto" });
  for (const field of ["closedBy", "closedMs", "closedFrom"]) expect(reopened).not.toHaveProperty(field);
  await call(rows, reports.unreview, { reportId });
  const open = await report();
  expect(open).toMatchObject({ status: "open" });
  for (const field of ["reviewedBy", "reviewedMs"]) expect(open).not.toHaveProperty(field);
});

test("a record that came closed is open once it is reopened", async () => {
  const { rows, near } = await server();
  const reportId = put(rows, "reports", { ...fields, airportId: near, status: "closed" }, 210);
  await call(rows, reports.reopen, { reportId });
  expect((await call(rows, reports.get, { reportId })).value).toMatchObject({ status: "open" });
});

test("many reports are closed in one call; those that are closed or gone are passed over", async () => {
  const { rows, near, here } = await server();
  const second = (await call(rows, reports.create, { airportId: near, draftKey: "z", fields })).value;
  await call(rows, reports.close, { reportId: here }, other);
  const gone = makeId("reports", new Uint8Array(16));
  await call(rows, reports.closeMany, { reportIds: [here, gone, second, second] });
  expect(await acts(rows, here)).toEqual(["Ines filed", "Otto closed"]);
  expect(await acts(rows, second)).toEqual(["Ines filed", "Ines closed"]);
  for (const reportIds of [[], Array.from({ length: 501 }, () => here)]) {
    await expect(call(rows, reports.closeMany, { reportIds })).rejects.toMatchObject({
      data: { kind: "invalid_selection" },
    });
  }
});

test("many that were closed are reopened in one call, each to where it stood; what somebody else has reopened is passed over", async () => {
  const { rows, near, here } = await server();
  const second = (await call(rows, reports.create, { airportId: near, draftKey: "z", fields })).value;
  const third = (await call(rows, reports.create, { airportId: near, draftKey: "y", fields })).value;
  await call(rows, reports.review, { reportId: second });
  await call(rows, reports.closeMany, { reportIds: [here, second, third] });
  await call(rows, reports.reopen, { reportId: third }, other);
  const gone = makeId("reports", new Uint8Array(16));
  await call(rows, reports.reopenMany, { reportIds: [here, second, third, gone, here] });
  const statusOf = async (reportId: unknown) => (await call(rows, reports.get, { reportId })).value;
  expect(await Promise.all([here, second, third].map(statusOf))).toMatchObject([
    { status: "open" },
    { status: "reviewed" },
    { status: "open" },
  ]);
  expect(await acts(rows, here)).toEqual(["Ines filed", "Ines closed", "Ines reopened"]);
  expect(await acts(rows, third)).toEqual(["Ines filed", "Ines closed", "Otto reopened"]);
  await expect(call(rows, reports.reopenMany, { reportIds: [] })).rejects.toMatchObject({
    data: { kind: "invalid_selection" },
  });
});

test("two devices that edit one field at once are a conflict, on the server and on a device that is told of the other", async () => {
  const { rows, rebased, here } = await collision();
  const conflict = { reportId: here, field: "species", from: "Moa", to: "Kea", by: "Ines", fromBy: { by: "Otto" } };
  for (const side of [rows, rebased, await deviceOf(rows)]) expect(await conflicts(side)).toMatchObject([conflict]);
  // Otto has not picked the airport; whoever has sees it, and the other fields of both edits have lasted.
  expect((await call(rows, history.conflicts, {}, other)).value).toEqual([]);
  expect((await call(rows, reports.get, { reportId: here })).value).toMatchObject({
    species: "Kea",
    size: "Large",
    costOther: 5,
  });
});

test("edits that follow one another, or that write the same value, are no conflict", async () => {
  const { rows, here: reportId } = await server();
  const edit = (changes: object, seen: object, who = me) => call(rows, reports.edit, { reportId, changes, seen }, who);
  await edit({ species: "Moa" }, { species: "Killdeer" }, other);
  await edit({ species: "Kea" }, { species: "Moa" });
  await edit({ speedKnots: 90 }, { speedKnots: null });
  await edit({ speedKnots: 90, species: "Kea" }, { speedKnots: null, species: "Moa" }, other);
  expect(await conflicts(rows)).toEqual([]);
});

test("of a value that was kept against another, whoever wrote it is named, not who kept it", async () => {
  const { rows, here: reportId } = await collision();
  const historyId = (await rowsOf(rows, reportId)).at(-1)?._id;
  await call(rows, history.settle, { reportId, historyId, field: "species", choice: "keep", seen: "Kea" }, other);
  await call(rows, reports.edit, { reportId, changes: { species: "Kiwi" }, seen: { species: "Moa" } }, other);
  expect(await conflicts(rows)).toMatchObject([{ from: "Kea", fromBy: { by: "Ines" }, to: "Kiwi", by: "Otto" }]);
});

test("keeping ends a conflict and changes nothing; what was replaced stays in the history", async () => {
  const { rows, here: reportId } = await collision();
  const historyId = (await rowsOf(rows, reportId)).at(-1)?._id;
  const keep = { reportId, historyId, field: "species", choice: "keep", seen: "Kea" };
  await call(rows, history.settle, keep, other);
  await call(rows, history.settle, keep);
  expect(await conflicts(rows)).toEqual([]);
  expect((await call(rows, reports.get, { reportId })).value).toMatchObject({ species: "Kea" });
  expect(await acts(rows, reportId)).toEqual(["Ines filed", "Otto edited", "Ines edited", "Otto kept"]);
  expect((await rowsOf(rows, reportId)).at(-1)?.fields).toEqual([{ field: "species", from: "Moa", to: "Kea" }]);
});

test("taking back puts the replaced value into the field again and ends the conflict", async () => {
  const { rows, here: reportId } = await collision();
  const historyId = (await rowsOf(rows, reportId)).at(-1)?._id;
  await call(rows, history.settle, { reportId, historyId, field: "species", choice: "take", seen: "Kea" }, other);
  expect(await conflicts(rows)).toEqual([]);
  expect((await call(rows, reports.get, { reportId })).value).toMatchObject({ species: "Moa", updatedBy: "Otto" });
  expect(await acts(rows, reportId)).toEqual(["Ines filed", "Otto edited", "Ines edited", "Otto restored"]);
});

test("of keeping and taking back that were pressed at once, taking back stands, whichever comes first", async () => {
  for (const order of [
    ["keep", "take"],
    ["take", "keep"],
  ]) {
    const { rows, here: reportId } = await collision();
    const historyId = (await rowsOf(rows, reportId)).at(-1)?._id;
    for (const choice of order) {
      await call(rows, history.settle, { reportId, historyId, field: "species", choice, seen: "Kea" });
    }
    expect(await conflicts(rows)).toEqual([]);
    expect((await call(rows, reports.get, { reportId })).value).toMatchObject({ species: "Moa" });
  }
});

test("taking back over a value that one has not seen is a conflict again", async () => {
  const { rows, here: reportId } = await collision();
  const historyId = (await rowsOf(rows, reportId)).at(-1)?._id;
  await call(rows, reports.edit, { reportId, changes: { species: "Kiwi" }, seen: { species: "Kea" } });
  await call(rows, history.settle, { reportId, historyId, field: "species", choice: "take", seen: "Kea" }, other);
  expect(await conflicts(rows)).toMatchObject([{ from: "Kiwi", fromBy: { by: "Ines" }, to: "Moa", by: "Otto" }]);
});

test("on a closed report a conflict may be ended by keeping, not by taking back", async () => {
  const { rows, here: reportId } = await collision();
  const historyId = (await rowsOf(rows, reportId)).at(-1)?._id;
  await call(rows, reports.close, { reportId });
  const settle = { reportId, historyId, field: "species", seen: "Kea" };
  await expect(call(rows, history.settle, { ...settle, choice: "take" })).rejects.toMatchObject({
    data: { kind: "report_closed" },
  });
  await call(rows, history.settle, { ...settle, choice: "keep" });
  expect(await conflicts(rows)).toEqual([]);
  await expect(
    call(rows, history.settle, { reportId, historyId, field: "size", choice: "keep", seen: null }),
  ).resolves.toBeDefined();
  await expect(
    call(rows, history.settle, { reportId, historyId, field: "date", choice: "keep", seen: null }),
  ).rejects.toMatchObject({ data: { kind: "conflict_missing" } });
});
