import { expect, test } from "vitest";
import { placeTowards } from "./walk.ts";

const row = [0, 1, 2].map((index) => ({ x: index * 30, y: 100 }));

test("arrows walk along the bars of a chart and stop at its ends", () => {
  expect(placeTowards(row, 0, "ArrowRight")).toBe(1);
  expect(placeTowards(row, 2, "ArrowLeft")).toBe(1);
  expect(placeTowards(row, 2, "ArrowRight")).toBeUndefined();
  expect(placeTowards(row, 1, "ArrowUp")).toBeUndefined();
});

test("Home and End lead to the first and the last", () => {
  expect(placeTowards(row, 1, "Home")).toBe(0);
  expect(placeTowards(row, 1, "End")).toBe(2);
});

test("on a map an arrow leads to the nearest neighbour on that side", () => {
  const places = [
    { x: 100, y: 100 },
    { x: 160, y: 90 },
    { x: 120, y: 180 },
    { x: 300, y: 100 },
  ];
  expect(placeTowards(places, 0, "ArrowRight")).toBe(1);
  expect(placeTowards(places, 0, "ArrowDown")).toBe(2);
  expect(placeTowards(places, 3, "ArrowLeft")).toBe(1);
});

test("other keys mean nothing", () => {
  expect(placeTowards(row, 1, "Enter")).toBeUndefined();
});
