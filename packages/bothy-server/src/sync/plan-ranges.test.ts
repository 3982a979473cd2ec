import fc from "fast-check";
import { expect, test } from "vitest";
import type { RangeShape } from "./live-range.ts";
import { planRanges } from "./plan-ranges.ts";
import type { HeldClaim } from "./plan-ranges.ts";
import { RangeClaims } from "./range-claims.ts";
import type { Claimant } from "./range-claims.ts";

const ids = ["a", "b", "c", "d"];
const shapeOf = (id: string): RangeShape => ({ id }) as RangeShape;

type Step =
  | { readonly kind: "returned"; readonly scope: number; readonly ids: readonly string[]; readonly leaseMs: number }
  | { readonly kind: "failed" | "removed"; readonly scope: number }
  | { readonly kind: "acted" };

const scopes = [0, 1, 2];
const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant("returned" as const),
      scope: fc.constantFrom(...scopes),
      ids: fc.subarray(ids),
      leaseMs: fc.constantFrom(60_000, 90_000, Infinity),
    }),
    fc.record({ kind: fc.constantFrom("failed" as const, "removed" as const), scope: fc.constantFrom(...scopes) }),
    fc.record({ kind: fc.constant("acted" as const) }),
  ),
  { maxLength: 30 },
);

/** What a device would hold if all scopes were looked at anew. */
function wantedOf(said: readonly Claimant[], held: ReadonlyMap<string, HeldClaim>): Map<string, HeldClaim> {
  const wanted = new Map<string, HeldClaim>();
  for (const id of ids) {
    const working = said.filter((one) => !one.isFailed && one.ids.has(id));
    const before = held.get(id);
    if (working.length > 0)
      wanted.set(id, { isFrozen: false, leaseMs: Math.max(...working.map((one) => one.leaseMs)) });
    else if (before && said.some((one) => one.isFailed && one.ids.has(id)))
      wanted.set(id, { ...before, isFrozen: true });
  }
  return wanted;
}

test("[SY8, SY10, SY13, SY52] what working scopes say is followed under the longest lease; what only a failed one said is frozen; the rest is lost", () => {
  fc.assert(
    fc.property(steps, (all: readonly Step[]) => {
      const claims = new RangeClaims();
      const said = scopes.map((): Claimant => ({ ids: new Set(), isFailed: false, leaseMs: Infinity }));
      let held = new Map<string, HeldClaim>();
      for (const step of [...all, { kind: "acted" } as const]) {
        const claimant = "scope" in step ? said[step.scope] : undefined;
        if (claimant && step.kind === "returned") claims.replace(claimant, step.ids.map(shapeOf), step.leaseMs);
        else if (claimant && step.kind === "failed") claims.fail(claimant);
        else if (claimant) {
          claims.remove(claimant);
          claimant.isFailed = false;
        }
        if (step.kind !== "acted") continue;
        const plan = planRanges(claims.changed(), held);
        claims.acknowledge();
        const wanted = wantedOf(said, held);
        held = new Map(held);
        for (const id of plan.lost) held.delete(id);
        for (const id of plan.frozen) held.set(id, { leaseMs: held.get(id)?.leaseMs ?? 0, isFrozen: true });
        for (const id of plan.thawed) held.set(id, { leaseMs: held.get(id)?.leaseMs ?? 0, isFrozen: false });
        for (const { id, leaseMs } of [...plan.granted, ...plan.leased]) held.set(id, { isFrozen: false, leaseMs });
        expect(held).toEqual(wanted);
        for (const id of held.keys()) expect(claims.shape(id)).toBeDefined();
        expect([...planRanges(claims.changed(), held).granted]).toEqual([]);
      }
    }),
  );
});
