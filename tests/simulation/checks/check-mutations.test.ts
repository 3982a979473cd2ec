import { expect, test } from "vitest";
import type { Outcome } from "bothy/internal";
import { History, type MutationRecord } from "../run/history.ts";
import type { Committed, Decision } from "./check-commits.ts";
import { checkMutations } from "./check-mutations.ts";
import type { FinishedRun } from "./finished-run.ts";

const nonceOf = (n: number): string => String(n).padStart(32, "0");

function decided(version: number, outcome: Outcome): Decision {
  return { version, nonce: nonceOf(outcome[0]), deviceId: "d", outcome, call: undefined };
}

function mutation(n: number, more: Partial<MutationRecord>): MutationRecord {
  return {
    id: `op${n}`,
    device: "device1",
    tab: "device1.1",
    name: "shared/lists:add",
    args: { op: `op${n}` },
    calledMs: n,
    local: { kind: "stored", atMs: n },
    server: { kind: "waiting" },
    ...more,
  };
}

/** The promises that a history breaks, given what the log decided and what the device lists as rejected. */
function brokenBy(
  mutations: readonly MutationRecord[],
  decisions: readonly Decision[],
  { rejected = [], stored = [] }: { readonly rejected?: readonly string[]; readonly stored?: readonly object[] } = {},
): readonly string[] {
  const history = new History();
  history.mutations.push(...mutations);
  const pushed = mutations.map(({ args }, at) => ({
    n: at + 1,
    nonce: nonceOf(at + 1),
    name: "f",
    version: "",
    args,
    time: 1,
  }));
  history.frames.push({
    connection: 1,
    device: "device1.1",
    at: "server",
    atMs: 1,
    text: JSON.stringify({ type: "push", mutations: pushed }),
  });
  const client = { rejected: { value: rejected.map((op) => ({ args: { op }, error: {} })) } };
  // Only what the check looks at.
  const device = { name: "device1", tabs: [{ client }], profile: { disk: { outbox: stored } } };
  const run = { history, commits: [], devices: [device], watched: [] } as unknown as FinishedRun;
  const committed: Committed = { broken: [], decisions, decisionByOperation: new Map() };
  return checkMutations(run, committed).map(({ promise }) => promise);
}

const told = { kind: "applied", atMs: 2, value: "1" } as const;

test("a history in which everything went right breaks nothing", () => {
  expect(brokenBy([mutation(1, { server: told })], [decided(7, [1, "applied", 1])])).toEqual([]);
  const refused = mutation(1, { server: { kind: "refused", atMs: 2, error: "no" } });
  const error = { code: "app_error", message: "no" } as const;
  expect(brokenBy([refused], [decided(7, [1, "rejected", error])], { rejected: ["op1"] })).toEqual([]);
});

test("what was acknowledged and is not in the log breaks P3, what was only stored C4", () => {
  expect(brokenBy([mutation(1, { server: told })], [])).toEqual(["P3"]);
  expect(brokenBy([mutation(1, {})], [])).toEqual(["C4"]);
  expect(brokenBy([mutation(1, { local: { kind: "refused", atMs: 1, error: "no" } })], [])).toEqual([]);
});

test("an entry that is left in the outbox in the end breaks C4", () => {
  expect(brokenBy([mutation(1, { server: told })], [decided(7, [1, "applied", 1])], { stored: [{ n: 2 }] })).toEqual([
    "C4",
  ]);
});

test("a mutation that the log decides twice, or answers otherwise than it was answered, breaks P4", () => {
  const decisions = [decided(7, [1, "applied", 1]), decided(8, [1, "applied", 2])];
  expect(brokenBy([mutation(1, { server: told })], decisions)).toEqual(["P4 C5", "P4"]);
  expect(brokenBy([mutation(1, { server: told })], [decided(7, [1, "applied", 2])])).toEqual(["P4"]);
});

test("a refusal that is not listed breaks C6, a listed one that was applied C5", () => {
  const error = { code: "app_error", message: "no" } as const;
  expect(brokenBy([mutation(1, {})], [decided(7, [1, "rejected", error])])).toEqual(["C6"]);
  expect(brokenBy([mutation(1, {})], [decided(7, [1, "applied", 1])], { rejected: ["op1"] })).toEqual(["C5"]);
});

test("a mutation that was called after another was acknowledged, and comes before it in the log, breaks P1", () => {
  const mutations = [mutation(1, { server: told }), mutation(2, { calledMs: 3, server: { ...told, atMs: 4 } })];
  expect(brokenBy(mutations, [decided(8, [1, "applied", 1]), decided(7, [2, "applied", 1])])).toEqual(["P1"]);
  expect(brokenBy(mutations, [decided(7, [1, "applied", 1]), decided(8, [2, "applied", 1])])).toEqual([]);
});
