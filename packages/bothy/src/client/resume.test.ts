import { expect, test } from "vitest";
import { chainNext, chainStart } from "../protocol/index.ts";
import { floorOf, planResume, takeNewId, type OwnRecord } from "./resume.ts";

const nonces = Array.from({ length: 20 }, (_, i) => i.toString(16).padStart(32, "0"));

/** The chain over the device's own nonces 1…n. */
function chain(n: number): string {
  return nonces.slice(0, n).reduce(chainNext, chainStart);
}

/** A device that kept mutations after `floor`, had `acked` of them acknowledged and has more up to `last`. */
function own(floor: number, acked: number, last: number, hasHistoryChanged = false): OwnRecord {
  const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + 1 + i);
  return {
    acked,
    chain: chain(acked),
    retained: numbers(floor, acked).map((n) => ({ n, chainBefore: chain(n - 1) })),
    outbox: numbers(acked, last).map((n) => ({ n, nonce: nonces[n - 1] ?? "" })),
    hasHistoryChanged,
  };
}

const other = "f".repeat(32);

test("[SY21] a record in step: push what is not acknowledged", () => {
  expect(planResume(own(0, 5, 8), { n: 5, chain: chain(5) })).toEqual({ kind: "push", from: 6 });
  expect(planResume(own(0, 0, 0), { n: 0, chain: chainStart })).toEqual({ kind: "push", from: 1 });
});

test("[SY21] a record behind with the same chain: send again what was forgotten", () => {
  for (const hasChanged of [false, true]) {
    expect(planResume(own(2, 5, 8, hasChanged), { n: 3, chain: chain(3) })).toEqual({ kind: "push", from: 4 });
    expect(planResume(own(2, 5, 8, hasChanged), { n: 2, chain: chain(2) })).toEqual({ kind: "push", from: 3 });
  }
});

test("[SY21] a record ahead with our own nonces: acknowledgements were lost, push them once more", () => {
  expect(planResume(own(0, 5, 8), { n: 7, chain: chain(7) })).toEqual({ kind: "push", from: 6 });
  expect(planResume(own(0, 5, 8), { n: 8, chain: chain(8) })).toEqual({ kind: "push", from: 6 });
});

test("[SY21] a record ahead that we cannot follow: probe, so that no entry is sent that may be in it", () => {
  expect(planResume(own(0, 5, 8), { n: 7, chain: other })).toEqual({ kind: "probe", from: 6 });
  expect(planResume(own(0, 5, 8), { n: 12, chain: other })).toEqual({ kind: "probe", from: 6 });
});

test("[SY21] a record ahead and nothing of ours to send: a new id, and nothing is sent again", () => {
  expect(planResume(own(0, 5, 5), { n: 7, chain: other })).toEqual({
    kind: "new_device",
    start: 5,
    startChain: chain(5),
    parkUpTo: 0,
  });
});

test("[SY21] another chain at a number that was acknowledged by the same history: a new id after it", () => {
  expect(planResume(own(2, 5, 8), { n: 5, chain: other })).toEqual({
    kind: "new_device",
    start: 5,
    startChain: chain(5),
    parkUpTo: 0,
  });
  expect(planResume(own(2, 5, 8), { n: 3, chain: other })).toEqual({
    kind: "new_device",
    start: 5,
    startChain: chain(5),
    parkUpTo: 0,
  });
});

test("[SY21] another chain after a restore: what the record may contain is parked, what it cannot is sent again", () => {
  expect(planResume(own(2, 5, 8, true), { n: 4, chain: other })).toEqual({
    kind: "new_device",
    start: 4,
    startChain: chain(4),
    parkUpTo: 4,
  });
});

test("[SY23] a record older than what is kept: a new id that begins where we can still tell", () => {
  expect(planResume(own(3, 5, 8, true), { n: 1, chain: chain(1) })).toEqual({
    kind: "new_device",
    start: 3,
    startChain: chain(3),
    parkUpTo: 3,
  });
});

test("[SY21] a probe that ends in device_copied: a new id after what was acknowledged by then", () => {
  expect(takeNewId(own(0, 6, 8), 6)).toEqual({ kind: "new_device", start: 6, startChain: chain(6), parkUpTo: 0 });
});

test("[SY21] whatever the record says, nothing that it may contain is sent under a new id", () => {
  for (const floor of [0, 2, 5]) {
    for (const last of [5, 6, 9]) {
      for (const hasChanged of [false, true]) {
        for (let n = 0; n <= 12; n++) {
          for (const isOurs of [true, false]) {
            const device = own(floor, 5, last, hasChanged);
            const plan = planResume(device, { n, chain: isOurs ? chain(n) : other });
            if (plan.kind !== "new_device") {
              expect(plan.from).toBe(n < 5 ? n + 1 : 6);
              continue;
            }
            expect(plan.start).toBeLessThanOrEqual(5);
            expect(plan.start).toBeGreaterThanOrEqual(floorOf(device));
            expect(plan.startChain).toBe(chain(plan.start));
            // In one history everything acknowledged is contained; after a restore only numbers up to the record can be.
            expect(plan.start).toBeGreaterThanOrEqual(hasChanged ? Math.min(n, 5) : 5);
            expect(plan.parkUpTo).toBe(hasChanged ? plan.start : 0);
          }
        }
      }
    }
  }
});
