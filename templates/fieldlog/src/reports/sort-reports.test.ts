import { expect, test } from "vitest";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { idFromText } from "../ids.ts";
import { holdReports } from "./held-reports.ts";
import { sortOf, sortReports, type Sort } from "./sort-reports.ts";

function report(id: string, species: string, damage: Doc<"reports">["damage"], cost: number): Doc<"reports"> {
  return {
    _id: idFromText("r" + id),
    _creationTime: 0,
    airportId: idFromText("a"),
    date: `2001-01-0${9 - Number(id)}`,
    species,
    damage,
    costRepair: cost,
    costOther: 1,
    size: "Small",
    phase: "Climb",
    timeOfDay: "Day",
    aircraft: "A-320",
    operator: "UNKNOWN",
    status: "open",
  };
}

const newestFirst = holdReports(
  [
    report("1", "owl", "None", 5),
    report("2", "Gull", "Substantial", 0),
    report("3", "Owl", "C", 900),
    report("4", "gull", "B", 900),
    report("5", "Avocet", "Medium", 5),
  ],
  [],
);

test.each<[Sort, string]>([
  ["newest", "12345"],
  ["oldest", "54321"],
  ["damage", "24351"],
  ["cost", "34152"],
  ["species", "54213"],
])("%s, and equal ones newest first", (sort, order) => {
  const ids = sortReports(newestFirst, sort).map((held) => held.report._id.slice(1));
  expect(ids.join("")).toBe(order);
});

test("an order that is not known is newest first", () => {
  expect([sortOf("cost"), sortOf("colour"), sortOf(undefined)]).toEqual(["cost", "newest", "newest"]);
});
