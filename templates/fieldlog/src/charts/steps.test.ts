import { assert, integer, property, array } from "fast-check";
import { expect, test } from "vitest";
import { shadeOf, stepsOf } from "./steps.ts";

test("five steps have round bounds and about as many states each", () => {
  const counts = [74, 83, 103, 103, 111, 118, 144, 146, 187, 201, 210, 211, 236, 242, 245, 246, 269, 351, 890, 1495];
  expect(stepsOf(counts)).toEqual([
    { from: 70, to: 99, shade: 1 },
    { from: 100, to: 149, shade: 2 },
    { from: 150, to: 199, shade: 3 },
    { from: 200, to: 249, shade: 4 },
    { from: 250, to: 1495, shade: 5 },
  ]);
});

test("few states make few steps, and the highest is always the darkest", () => {
  expect(stepsOf([])).toEqual([]);
  expect(stepsOf([0, 0])).toEqual([]);
  expect(stepsOf([7])).toEqual([{ from: 7, to: 7, shade: 5 }]);
  expect(stepsOf([1, 300])).toEqual([
    { from: 1, to: 299, shade: 1 },
    { from: 300, to: 300, shade: 5 },
  ]);
});

test("every count has exactly one shade, more never a lighter one, and nothing none", () => {
  assert(
    property(array(integer({ min: 0, max: 20_000 }), { maxLength: 51 }), (counts) => {
      const steps = stepsOf(counts);
      expect(steps.length).toBeLessThanOrEqual(5);
      const shades = counts.toSorted((a, b) => a - b).map((count) => shadeOf(count, steps));
      expect(shades).toEqual(shades.toSorted((a, b) => a - b));
      for (const [index, count] of counts.toSorted((a, b) => a - b).entries()) {
        expect(shades[index] === 0).toBe(count === 0);
        expect(steps.filter(({ from, to }) => count >= from && count <= to)).toHaveLength(count === 0 ? 0 : 1);
      }
    }),
  );
});
