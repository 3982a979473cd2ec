import { expect, test } from "vitest";
import { extendTo, nothingSelected, selectAll, toggleRow, type Selection } from "./selection.ts";

const order = ["a", "b", "c", "d", "e"];
const idsOf = ({ ids }: Selection) => order.filter((id) => ids.has(id)).join("");

test("a row is selected and taken back", () => {
  const one = toggleRow(nothingSelected, "b");
  expect(idsOf(one)).toBe("b");
  expect(idsOf(toggleRow(one, "b"))).toBe("");
});

test("a range goes from the row that was selected last to this one, in both directions", () => {
  expect(idsOf(extendTo(toggleRow(nothingSelected, "b"), order, "d"))).toBe("bcd");
  expect(idsOf(extendTo(toggleRow(nothingSelected, "d"), order, "b"))).toBe("bcd");
});

test("a range that is drawn back gives back what it went over, and nothing that was selected before", () => {
  const before = toggleRow(toggleRow(nothingSelected, "e"), "b");
  expect(idsOf(extendTo(extendTo(before, order, "d"), order, "c"))).toBe("bce");
  expect(idsOf(extendTo(extendTo(before, order, "d"), order, "a"))).toBe("abe");
});

test("without a row to begin from, a range is that one row", () => {
  expect(idsOf(extendTo(nothingSelected, order, "c"))).toBe("c");
  expect(idsOf(extendTo(toggleRow(nothingSelected, "z"), order, "c"))).toBe("c");
});

test("all are selected at once, and a range drawn then begins at the first", () => {
  expect(idsOf(selectAll(order))).toBe("abcde");
  expect(idsOf(extendTo(selectAll(order), order, "b"))).toBe("ab");
});
