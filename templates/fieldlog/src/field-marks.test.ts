import { expect, test } from "vitest";
import { fieldMarks, isWaiting } from "./field-marks.ts";

const edit = {
  name: "shared/reports:edit",
  args: { reportId: "r1", changes: { species: "Kea", speedKnots: null }, seen: { species: "Moa", speedKnots: 90 } },
  timeMs: 1000,
};
const refusal = { n: 7, state: "rejected", error: new Error("closed") } as const;

test("an edit that waits marks the fields it changes, on its report only", () => {
  expect(fieldMarks({ _id: "r1" }, [edit], []).waiting).toEqual(new Set(["species", "speedKnots"]));
  expect(fieldMarks({ _id: "r2" }, [edit], []).waiting).toEqual(new Set());
});

test("a closing that waits marks the status of each report it closes", () => {
  const closing = { name: "shared/reports:closeMany", args: { reportIds: ["r1", "r2"] }, timeMs: 1 };
  for (const reportId of ["r1", "r2"])
    expect(fieldMarks({ _id: reportId }, [closing], []).waiting).toEqual(new Set(["status"]));
  expect(fieldMarks({ _id: "r3" }, [closing], []).waiting).toEqual(new Set());
});

test("a report filed here waits as a whole, known by its key", () => {
  const filing = { name: "shared/reports:create", args: { draftKey: "f00d", fields: {} }, timeMs: 1 };
  expect(fieldMarks({ _id: "r1", draftKey: "f00d" }, [filing], []).waiting).toEqual(new Set(["status"]));
  expect(fieldMarks({ _id: "r1" }, [filing], []).waiting).toEqual(new Set());
});

test("a decision on a conflict marks the field of the conflict", () => {
  const args = { reportId: "r1", historyId: "h1", field: "damage", choice: "take", seen: "Minor" };
  expect(fieldMarks({ _id: "r1" }, [{ name: "shared/history:settle", args, timeMs: 1 }], []).waiting).toEqual(
    new Set(["damage"]),
  );
});

test("a rejected edit says at each of its fields what was written there, and what goes with it", () => {
  expect(fieldMarks({ _id: "r1" }, [], [{ ...edit, ...refusal }]).rejected).toMatchObject([
    { n: 7, field: "species", wrote: "Kea", others: ["speedKnots"], isParked: false },
    { n: 7, field: "speedKnots", wrote: null, others: ["species"] },
  ]);
});

test("an act is known as waiting by the moment at which it was made", () => {
  const marks = fieldMarks({ _id: "r1" }, [edit], []);
  expect(isWaiting(marks, 1000)).toBe(true);
  expect(isWaiting(marks, 1000.0000001)).toBe(true);
  expect(isWaiting(marks, 1002)).toBe(false);
});
