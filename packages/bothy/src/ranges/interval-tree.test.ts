import fc from "fast-check";
import { expect, test } from "vitest";
import { IntervalTree, type Interval } from "./interval-tree.ts";

const key = fc.integer({ min: 10, max: 99 }).map(String);

test("[RA8] an interval tree finds exactly the intervals that contain a key, through any number of rebuildings", () => {
  const step = fc.record({ lower: key, upper: key, isRemoval: fc.boolean(), removed: fc.nat() });
  fc.assert(
    fc.property(
      fc.array(step, { minLength: 50, maxLength: 600, size: "max" }),
      fc.double({ min: 0.1, max: 0.9 }),
      key,
      (steps, share, probe) => {
        const tree = new IntervalTree<Interval>();
        const live: Interval[] = [];
        const check = (at: string): void => {
          const found: Interval[] = [];
          tree.match(at, (interval) => found.push(interval));
          expect(new Set(found)).toEqual(new Set(live.filter(({ lower, upper }) => lower <= at && at < upper)));
          expect(found.length).toBe(new Set(found).size);
          expect(tree.size).toBe(live.length);
        };
        for (const [count, { lower, upper, isRemoval, removed }] of steps.entries()) {
          // First mostly additions, then mostly removals.
          const isLate = count > steps.length * share;
          if (live.length > 0 && isRemoval && (isLate || removed % 4 === 0)) {
            const [interval] = live.splice(removed % live.length, 1);
            if (interval !== undefined) tree.remove(interval);
          } else if (!isLate) {
            const interval = { lower, upper };
            live.push(interval);
            tree.add(interval);
          }
          if (count % 20 === 0) check(lower);
        }
        check(probe);
      },
    ),
    { numRuns: 60 },
  );
});
