import fc from "fast-check";
import { expect, test } from "vitest";
import { planRanges } from "./plan-ranges.ts";

const ids = ["a", "b", "c", "d"];

test("[SY8, SY10, SY13] what working scopes say is followed; what only a failed one said is frozen; the rest is lost", () => {
  const scope = fc.record({ ids: fc.subarray(ids), isFailed: fc.boolean() });
  const held = fc
    .subarray(ids)
    .chain((some) => fc.tuple(...some.map((id) => fc.tuple(fc.constant(id), fc.record({ isFrozen: fc.boolean() })))));
  fc.assert(
    fc.property(fc.array(scope, { maxLength: 3 }), held, (scopes, pairs) => {
      const before = new Map(pairs);
      const plan = planRanges(scopes, before);
      const says = (id: string, isFailed: boolean) =>
        scopes.some((one) => one.isFailed === isFailed && one.ids.includes(id));
      for (const id of ids) {
        const state = before.get(id);
        expect(plan.granted.includes(id)).toBe(state === undefined && says(id, false));
        expect(plan.lost.includes(id)).toBe(state !== undefined && !says(id, false) && !says(id, true));
        expect(plan.frozen.includes(id)).toBe(state?.isFrozen === false && !says(id, false) && says(id, true));
        expect(plan.thawed.includes(id)).toBe(state?.isFrozen === true && says(id, false));
      }
    }),
  );
});
