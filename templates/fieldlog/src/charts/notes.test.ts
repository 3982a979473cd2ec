import { expect, test } from "vitest";
import type { Bar } from "./bars.ts";
import { costNote, damageNote, peakNote, speciesNote, yearsNote } from "./notes.ts";

function bar(label: string, count: number, cost = 0): Bar {
  const bucket = { count, damagedCount: label === "None" ? 0 : count, cost };
  return { key: label, label, bucket, isChosen: false, isLeftOut: false, target: undefined };
}

test("the highest bar is named with its share, and the lowest where that is asked for", () => {
  const months = [bar("May", 6), bar("June", 1), bar("July", 0), bar("August", 3)];
  expect(peakNote(months)).toBe("Most in May, 60%.");
  expect(peakNote(months, true)).toBe("Most in May, 60%; fewest in June.");
  expect(peakNote([bar("Winter, Dec–Feb", 3), bar("Spring, Mar–May", 1)])).toBe("Most in Winter, 75%.");
});

test("bars that are alike are named together, unless they are so many that none stands out", () => {
  expect(peakNote([bar("May", 2), bar("June", 2), bar("July", 1)], true)).toBe(
    "Most in May and June, 40% each; fewest in July.",
  );
  expect(peakNote(["a", "b", "c", "d"].map((name) => bar(name, 1)))).toBe("None stands out.");
});

test("one bar alone and no bar at all are said as such", () => {
  expect(peakNote([bar("May", 2), bar("June", 0)], true)).toBe("All in May.");
  expect(peakNote([bar("May", 0)])).toBe("Nothing to count.");
});

test("the part of a year at the end is no fall", () => {
  const years = [bar("2001", 5), bar("2002", 2)];
  expect(yearsNote(years, "2002-07-25")).toBe("2002 only until Jul 25, 2002.");
  expect(yearsNote(years, "2002-12-30")).toBe("2001 to 2002.");
  expect(yearsNote(years, "2003-02-01")).toBe("2001 to 2002.");
  expect(yearsNote([], "2003-02-01")).toBe("Nothing to count.");
});

test("damage says how rare it is and which costs most, of what its own bars count", () => {
  expect(damageNote([bar("None", 8, 10), bar("Minor", 1), bar("Substantial", 1, 90)])).toBe(
    "20% did damage; substantial damage is 90% of the cost.",
  );
  expect(damageNote([bar("None", 8, 10), bar("Minor", 2)])).toBe(
    "20% did damage; strikes without damage are 100% of the cost.",
  );
  expect(damageNote([bar("None", 8)])).toBe("None did damage.");
  expect(damageNote([])).toBe("Nothing to count.");
});

test("species say how many birds nobody could name", () => {
  expect(speciesNote([bar("Unknown bird - small", 3), bar("Mallard", 1)])).toBe("75% not identified; 1 kind named.");
  expect(speciesNote([bar("Mallard", 1), bar("Killdeer", 0)])).toBe("2 kinds named.");
});

test("costs name the costliest species and the sum", () => {
  expect(costNote([bar("Canada goose", 1, 15_389_869), bar("Mallard", 1, 438_264)])).toBe(
    "Canada goose: $15.4M of $15.8M.",
  );
  expect(costNote([bar("Mallard", 1)])).toBe("No costs on record.");
});
