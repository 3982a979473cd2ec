import { BothyError } from "bothy/internal";
import { expect, test } from "vitest";
import type { CommitRequest } from "../engine/engine.ts";
import type { CallOutcome, FunctionCall } from "./function-pool.ts";
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
          if (request.guard?.() === false || requests.length <= conflicts) return { kind: "conflict" } as const;
          return { kind: "committed", version: 10 } as const;
        },
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

/** A pool whose calls end when the test says so; the first `conflicts` commits meet another's write. */
function crowdStage(conflicts: number) {
  const started: string[] = [];
  const waiting: { readonly name: string; readonly end: (outcome: CallOutcome | Error) => void }[] = [];
  const pool = {
    call: ({ name }: FunctionCall) => {
      started.push(name);
      return new Promise<CallOutcome>((resolve, reject) => {
        waiting.push({ name, end: (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)) });
      });
    },
  };
  const engine = {
    version: 9,
    whenDurable: async () => {},
    commit: () => (conflicts-- > 0 ? ({ kind: "conflict" } as const) : ({ kind: "committed", version: 10 } as const)),
  };
  return {
    started,
    run: (name: string) => runMutation({ engine, pool, call: { ...call, name } }),
    /** Ends the oldest call of a function, and lets happen what follows from it. */
    end: async (name: string, outcome: CallOutcome | Error = returned) => {
      const at = waiting.findIndex((one) => one.name === name);
      waiting.splice(at, 1)[0]?.end(outcome);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test("[FN17] calls that are the same and met each other run one after the other, while others pass", async () => {
  const { started, run, end } = crowdStage(1);
  const first = run("same");
  await end("same");
  const second = run("same");
  const other = run("other");
  expect(started).toEqual(["same", "same", "other"]);
  await end("other");
  await expect(other).resolves.toMatchObject({ version: 10 });
  await end("same");
  await expect(first).resolves.toMatchObject({ version: 10 });
  expect(started).toEqual(["same", "same", "other", "same"]);
  await end("same");
  await expect(second).resolves.toMatchObject({ version: 10 });
  // Nobody waits any more: calls run side by side again.
  const two = [run("same"), run("same")];
  expect(started).toHaveLength(6);
  await end("same");
  await end("same");
  await Promise.all(two);
});

test("[FN17] a call takes its turn although the one before it has failed", async () => {
  const { run, end } = crowdStage(1);
  const first = run("same");
  await end("same");
  const second = run("same");
  const failed = first.catch((error: unknown) => error);
  await end("same", new Error("the pool is closed"));
  expect(await failed).toMatchObject({ message: "the pool is closed" });
  await end("same");
  await expect(second).resolves.toMatchObject({ version: 10 });
});
