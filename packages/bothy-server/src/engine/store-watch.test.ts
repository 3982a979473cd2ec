import { expect, test } from "vitest";
import type { ChildProcess, Processes } from "../base/index.ts";
import { readStoreMark, writeStoreMark } from "./store-mark.ts";
import { StoreWatch } from "./store-watch.ts";
import { testWorld, type TestWorld } from "./test-engine.ts";
import type { VerifyMessage } from "./verify-messages.ts";

/** Processes of which each says what it is given, and then ends as told. */
function fakeProcesses(says: readonly VerifyMessage[], signal: string | null): Processes & { readonly count: number } {
  const started = { count: 0 };
  return {
    get count() {
      return started.count;
    },
    spawn: () => {
      started.count++;
      let onLine: (line: string) => void = () => undefined;
      let onExit: (how: { readonly code: number | null; readonly signal: string | null }) => void = () => undefined;
      const child: ChildProcess = {
        pid: 1,
        bufferedBytes: 0,
        send: () =>
          queueMicrotask(() => {
            for (const message of says) onLine(JSON.stringify(message));
            onExit({ code: null, signal });
          }),
        onLine: (listener) => (onLine = listener),
        onOutput: () => undefined,
        onExit: (listener) => (onExit = listener),
        kill: () => undefined,
        residentBytes: () => undefined,
      };
      return child;
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await Promise.resolve();
}

interface Watched {
  readonly world: TestWorld;
  readonly watch: StoreWatch;
  readonly processes: Processes & { readonly count: number };
}

async function serve(
  wasClosed: boolean,
  says: readonly VerifyMessage[],
  signal: string | null = null,
): Promise<Watched> {
  const processes = fakeProcesses(says, signal);
  const world = testWorld();
  await writeStoreMark(world.disk, "/folder", { state: "in_use", endsBefore: 1 });
  const watch = new StoreWatch({ ...world, processes }, "/folder", wasClosed);
  watch.serve();
  return { world, watch, processes };
}

const whole: readonly VerifyMessage[] = [{ type: "done", findingCount: 0 }];

test("[ST12] a store that was not closed is read whole soon after the start, any other later, and then again and again", async () => {
  const left = await serve(false, whole);
  left.world.clock.advance(10_000);
  await settle();
  expect(left.processes.count).toBe(1);
  expect(await readStoreMark(left.world.disk, "/folder")).toEqual({ state: "in_use", endsBefore: 0 });
  left.world.clock.advance(6 * 3_600_000);
  await settle();
  expect([left.processes.count, left.world.deaths]).toEqual([2, []]);
  await left.watch.close();
  expect([left.world.clock.pendingCount, await readStoreMark(left.world.disk, "/folder")]).toEqual([0, undefined]);

  const closed = await serve(true, whole);
  closed.world.clock.advance(299_999);
  expect(closed.processes.count).toBe(0);
  closed.world.clock.advance(1);
  expect(closed.processes.count).toBe(1);
});

test("[ST12] what the reading finds, or a signal that ends it, ends the process and leaves word of it", async () => {
  const finding: VerifyMessage = { type: "finding", kind: "entry_damaged", message: "an entry is damaged" };
  const cases: readonly Watched[] = [
    await serve(false, [finding, { type: "done", findingCount: 1 }]),
    await serve(false, [], "SIGSEGV"),
  ];
  for (const { world } of cases) {
    world.clock.advance(10_000);
    await settle();
    expect([world.deaths.length, (await readStoreMark(world.disk, "/folder"))?.state]).toEqual([1, "damaged"]);
  }
});

test("[ST12] a reading that others ended says nothing about the store", async () => {
  const { world, processes } = await serve(false, [], "SIGKILL");
  world.clock.advance(10_000);
  await settle();
  expect([processes.count, world.deaths, world.warnings.length]).toEqual([1, [], 1]);
});
