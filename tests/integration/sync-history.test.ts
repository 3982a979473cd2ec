import { afterAll, beforeAll, expect, test } from "vitest";
import { startDeployment } from "../deployment.ts";
import type { Deployment } from "../deployment.ts";
import { checkHistory } from "./check-history.ts";
import type { Operation } from "./check-history.ts";
import { LastingDevice } from "./lasting-device.ts";

let deployment: Deployment;

beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(async () => {
  await deployment.stop();
});

const names = ["x", "y", "z", "w"];
const devices = 8;
const mutationsEach = 40;

/** Some of the counters, another choice for each k. */
function choose(k: number): string[] {
  return names.filter((_, at) => ((k * 2_654_435_761) >>> (at + 5)) % 2 === 1 || at === k % names.length);
}

async function mutate(device: LastingDevice, k: number, clock: () => number): Promise<Operation> {
  const chosen = choose(k);
  const begunAt = clock();
  const [, kind, values] = await device.mutate("counters:addOne", { names: chosen });
  expect(kind).toBe("applied");
  return { kind: "added", names: chosen, values: values as number[], begunAt, endedAt: clock() };
}

async function look(k: number, clock: () => number): Promise<Operation> {
  const chosen = choose(k);
  const begunAt = clock();
  const values = (await deployment.run("counters:read", { names: chosen })) as number[];
  return { kind: "read", names: chosen, values, begunAt, endedAt: clock() };
}

test("[P1] a history of devices that add to counters, and of readers between them, is strictly serializable", async () => {
  let moment = 0;
  const clock = (): number => ++moment;
  const operations: Operation[] = [];
  const writers = Array.from({ length: devices }, async (_, at) => {
    const device = new LastingDevice();
    await device.connect(deployment.url);
    for (let k = 0; k < mutationsEach; k++) operations.push(await mutate(device, at * mutationsEach + k, clock));
    return device;
  });
  let isWriting = true;
  const readers = [1, 2].map(async (at) => {
    for (let k = at; isWriting; k += 2) operations.push(await look(k, clock));
  });
  const ended = await Promise.all(writers);
  isWriting = false;
  await Promise.all(readers);
  expect(checkHistory(operations)).toEqual([]);
  const added = operations.filter(({ kind }) => kind === "added");
  expect(added).toHaveLength(devices * mutationsEach);
  const last = (await deployment.run("counters:read", { names })) as number[];
  expect(last).toEqual(names.map((name) => added.filter((operation) => operation.names.includes(name)).length));
  expect(ended.flatMap(({ contradictions }) => contradictions)).toEqual([]);
});

test("[P1] [P4] the history stays strictly serializable when devices lose their sockets and send again", async () => {
  let moment = 0;
  const clock = (): number => ++moment;
  const own = names.map((name) => `${name} again`);
  const operations = await Promise.all(
    Array.from({ length: 6 }, async (_, at) => {
      const device = new LastingDevice();
      await device.connect(deployment.url);
      const done: Operation[] = [];
      for (let k = 0; k < 15; k++) {
        const chosen = own.filter((_name, index) => (k + at + index) % 3 !== 0);
        const begunAt = clock();
        const n = device.queue("counters:addOne", { names: chosen });
        if (k % 3 === 0) {
          // Cut before the answer: what the server had taken is answered as it ended, the rest is sent again.
          device.disconnect();
          await device.connect(deployment.url);
        }
        await device.until(() => device.outcomes.has(n));
        const outcome = device.outcomes.get(n);
        expect(outcome?.[1]).toBe("applied");
        done.push({ kind: "added", names: chosen, values: outcome?.[2] as number[], begunAt, endedAt: clock() });
      }
      expect(device.contradictions).toEqual([]);
      return done;
    }),
  );
  expect(checkHistory(operations.flat())).toEqual([]);
  const last = (await deployment.run("counters:read", { names: own })) as number[];
  expect(last).toEqual(own.map((name) => operations.flat().filter((done) => done.names.includes(name)).length));
});
