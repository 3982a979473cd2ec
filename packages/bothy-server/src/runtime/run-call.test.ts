import { BothyError } from "bothy/internal";
import { expect, test } from "vitest";
import type { CommitRequest, Reservation } from "../engine/engine.ts";
import type { CallOptions, CallOutcome, FunctionCall } from "./function-pool.ts";
import { runMutation, runQuery } from "./run-call.ts";

const call: FunctionCall = {
  name: "f",
  kind: "mutation",
  mayCallInternal: false,
  args: {},
  identity: null,
  timeMs: 1,
  nonce: "00".repeat(16),
  deviceKey: "00".repeat(32),
};
const write = { table: "t", id: "a", text: "{}", before: null, after: ["k"] };
const returned: CallOutcome = {
  kind: "returned",
  snapshot: 3,
  reads: [],
  hasReadIdentity: false,
  value: 1,
  writes: [write],
};

const noteRange = { table: "t", index: "by_id", equalities: 0, lower: "", upper: "z" };

function stage(outcomes: readonly CallOutcome[], conflicts: number) {
  const requests: CommitRequest[] = [];
  let calls = 0;
  return {
    requests,
    calls: () => calls,
    run: {
      call,
      pool: { call: async () => outcomes[Math.min(calls++, outcomes.length - 1)] ?? returned },
      engine: {
        version: 9,
        whenDurable: async () => {},
        commit: (request: CommitRequest) => {
          requests.push(request);
          if (request.guard?.() === false) return { kind: "conflict" } as const;
          if (requests.length <= conflicts) return { kind: "conflict", range: noteRange } as const;
          return { kind: "committed", version: 10 } as const;
        },
        reserve: (): Reservation => ({ isSpent: false, turn: async () => {}, end: () => {} }),
      },
    },
  };
}

test("[FN17] a mutation runs again after each conflict and commits what its last run wrote", async () => {
  const { run, requests, calls } = stage([returned, { ...returned, snapshot: 5 }], 1);
  await expect(runMutation(run)).resolves.toMatchObject({ version: 10, outcome: { snapshot: 5 } });
  expect(calls()).toBe(2);
  expect(requests.map(({ snapshot }) => snapshot)).toEqual([3, 5]);
});

test("[FN17] a refusal is committed with its reads and records and without documents", async () => {
  const threw: CallOutcome = {
    kind: "threw",
    snapshot: 3,
    reads: [],
    hasReadIdentity: false,
    error: { code: "app_error", message: "m" },
  };
  const { run, requests } = stage([threw], 0);
  const records = [{ key: ["device"], text: "1" }];
  await runMutation({ ...run, records: () => records });
  expect(requests[0]).toMatchObject({ snapshot: 3, reads: [], writes: [], records });
});

test("[FN17] an insert of a document that is there is the call's own failure, committed without documents", async () => {
  const { run, requests } = stage([returned], 0);
  const exists = new BothyError("document_exists", { message: "It is there." });
  const engine = {
    ...run.engine,
    commit: (request: CommitRequest) => {
      if (request.writes.length > 0) throw exists;
      return run.engine.commit(request);
    },
  };
  const kinds: string[] = [];
  const records = ({ kind }: CallOutcome) => {
    kinds.push(kind);
    return [];
  };
  await expect(runMutation({ ...run, engine, records })).resolves.toMatchObject({
    version: 10,
    outcome: { kind: "threw", snapshot: 3, error: { code: "document_exists" } },
  });
  expect(requests).toMatchObject([{ snapshot: 3, reads: [], writes: [] }]);
  expect(kinds.at(-1)).toBe("threw");
  const broken = { ...run.engine, commit: (): never => expect.fail("another failure") };
  await expect(runMutation({ ...run, engine: broken })).rejects.toThrow("another failure");
});

test("[FN17] endless conflicts end in contention, and so does a guard that says no, at once", async () => {
  await expect(runMutation(stage([returned], Infinity).run)).rejects.toMatchObject({ code: "contention" });
  const { run, calls } = stage([returned], 0);
  await expect(runMutation({ ...run, guard: () => false })).rejects.toMatchObject({ code: "contention" });
  expect(calls()).toBe(1);
});

test("[FN18] a query answers once its snapshot is durable", async () => {
  const { run } = stage([returned], 0);
  let makeDurable = (): void => {};
  const engine = { ...run.engine, whenDurable: () => new Promise<void>((resolve) => (makeDurable = resolve)) };
  let hasAnswered = false;
  const answer = runQuery({ ...run, engine }).then(() => (hasAnswered = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(hasAnswered).toBe(false);
  makeDurable();
  await answer;
});

test("[FN17] a mutation that lost runs first when its turn has come, and reserves nothing any more once it is without its process", async () => {
  const { run, calls } = stage([returned], 1);
  const options: (CallOptions | undefined)[] = [];
  const pool = {
    call: (one: FunctionCall, how?: CallOptions) => {
      options.push(how);
      return run.pool.call();
    },
  };
  const lost: string[] = [];
  let letIn = (): void => {};
  const reserve = (): Reservation => ({
    isSpent: false,
    turn: () => new Promise((resolve) => (letIn = resolve)),
    end: () => void lost.push("ended"),
  });
  const committed = runMutation({ ...run, pool, engine: { ...run.engine, reserve } });
  await new Promise((resolve) => setImmediate(resolve));
  expect(calls()).toBe(1);
  letIn();
  await committed;
  expect(options).toMatchObject([undefined, { isFirst: true }]);
  expect(lost).toEqual(["ended"]);
  options[1]?.onLost?.();
  expect(lost).toEqual(["ended", "ended"]);
});

test("[FN17] what waits for others is committed as it is, without another run", async () => {
  const { run, calls } = stage([returned], 0);
  let hasWaited = false;
  const engine = {
    ...run.engine,
    commit: (request: CommitRequest) => {
      if (hasWaited) return run.engine.commit(request);
      hasWaited = true;
      return { kind: "reserved" } as const;
    },
  };
  await expect(runMutation({ ...run, engine })).resolves.toMatchObject({ version: 10 });
  expect(calls()).toBe(1);
});
