import { AppError } from "bothy";
import { expect, test } from "vitest";
import { adviceOf, describeChange } from "./change-text.ts";

test("an edit names each field with what its author saw and what they wrote", () => {
  const args = {
    reportId: "r1",
    changes: { species: "Moa", costRepair: 1234, speedKnots: null, damage: "B" },
    seen: { species: "Kea", costRepair: 0, speedKnots: 130 },
  };
  expect(describeChange("shared/reports:edit", args)).toEqual({
    title: "Edit of a report",
    reportId: "r1",
    lines: [
      { label: "Species", from: "Kea", to: "Moa" },
      { label: "Repair", from: "$0", to: "$1,234" },
      { label: "Speed", from: "130 kn", to: "Not noted" },
      { label: "Damage", to: "Mishap class B" },
    ],
  });
});

test("a new report is known by its species, day and damage, and found by its key", () => {
  const fields = { species: "Moa", date: "2002-07-24", damage: "None", aircraft: "B-737" };
  expect(describeChange("shared/reports:create", { airportId: "a", draftKey: "d", fields })).toEqual({
    title: "New report",
    airportId: "a",
    draft: { airportId: "a", draftKey: "d" },
    lines: [
      { label: "Species", to: "Moa" },
      { label: "Date", to: "Jul 24, 2002" },
      { label: "Damage", to: "No damage" },
    ],
  });
});

test("a call about many says how many", () => {
  expect(describeChange("shared/reports:closeMany", { reportIds: ["a", "b"] }).title).toBe("Closing of 2 reports");
  expect(describeChange("shared/reports:closeMany", { reportIds: ["a"] }).title).toBe("Closing of 1 report");
  expect(describeChange("shared/reports:reopenMany", { reportIds: ["a", "b"] }).title).toBe("Reopening of 2 reports");
  expect(describeChange("shared/picks:addMany", { airportIds: ["a", "b", "c"] }).title).toBe("3 airports picked");
});

test("words are quoted, a decision says what it decides, and a call that is not known keeps its name", () => {
  expect(describeChange("shared/comments:add", { reportId: "r", body: "Seen at 8." })).toMatchObject({
    title: "Comment",
    quote: "Seen at 8.",
  });
  expect(describeChange("shared/history:settle", { field: "species", choice: "take" }).lines).toEqual([
    { label: "Species", to: "take back what was replaced" },
  ]);
  expect(describeChange("shared/other:thing", 7)).toEqual({ title: "shared/other:thing", lines: [] });
});

test("calls that are one are told together", () => {
  const calls = [
    ["shared/reports:close", "", { reportId: "r" }],
    ["shared/picks:remove", "", { airportId: "a" }],
  ];
  expect(describeChange("group", calls).title).toBe("Closing of a report, Airport unpicked");
});

test("a refusal that this app knows comes with what to do about it", () => {
  expect(adviceOf(new AppError({ kind: "report_closed", message: "…" }))).toMatch(/Reopen/);
  expect(adviceOf(new AppError({ kind: "unheard_of" }))).toBe(undefined);
  expect(adviceOf(new Error("no data"))).toBe(undefined);
});
