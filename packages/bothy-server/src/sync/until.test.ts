import type { RangeSpec } from "bothy/internal";
import { expect, test } from "vitest";
import { connectDevice, newDevice, openTestDeployment, settle, testSchema } from "./test-deployment.ts";
import type { TestDeployment } from "./test-deployment.ts";
import type { TestContext, TestFunction } from "./test-functions.ts";
import { noteFunctions, roomOf } from "./test-notes.ts";
import { DeviceModel } from "../testing/index.ts";
import { bodiesOf, writerOf } from "./test-reader.ts";

/** Short enough that a silent socket lives through it. */
const showMs = 10_000;

/** Members see the den for a while from the beginning of the test on, and again later. */
function denUntil(startMs: number): TestFunction {
  const run = ({ timeMs }: TestContext): { readonly ranges: readonly RangeSpec[]; readonly until: number } => {
    if (timeMs < startMs + showMs) return { ranges: [roomOf("den")], until: startMs + showMs };
    const next = startMs + 4 * showMs;
    return timeMs < next ? { ranges: [], until: next } : { ranges: [roomOf("den")], until: next + showMs };
  };
  return { kind: "scope", run };
}

async function openDen() {
  const deployment = await openTestDeployment(noteFunctions);
  const startMs = deployment.clock.nowMs();
  deployment.pool.reload({ ...noteFunctions, den: denUntil(startMs) });
  const author = await connectDevice(deployment);
  const write = writerOf(author.client);
  await write("put", { room: "den", rank: 1, body: "secret" });
  return { deployment, write };
}

const runsOf = (deployment: TestDeployment): number => deployment.pool.calls.filter((name) => name === "den").length;

test("[SY50] [SY51] a scope runs again at the moment that it names: what it no longer grants leaves in a poke, and comes again later", async () => {
  const { deployment } = await openDen();
  const { client } = await connectDevice(deployment);
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toEqual(["secret"]);
  deployment.clock.advance(showMs - 1);
  await settle();
  expect(runsOf(deployment)).toBe(1);
  client.take();
  deployment.clock.advance(1);
  await settle();
  expect(runsOf(deployment)).toBe(2);
  expect(client.takePokes().map(({ header }) => header.drop?.length)).toEqual([1]);
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toEqual([]);
  deployment.clock.advance(4 * showMs);
  await settle();
  expect(bodiesOf(new DeviceModel(testSchema).receiveAll(client.messages))).toEqual(["secret"]);
  expect(new DeviceModel(testSchema).receiveAll(client.messages).problems).toEqual([]);
  await deployment.close();
});

test("[SY51] nothing newer than the moment goes out before the scope has run again, however late anybody notices", async () => {
  const { deployment, write } = await openDen();
  const { client } = await connectDevice(deployment);
  // The wall clock is set ahead: nothing that waits for a duration falls due.
  deployment.clock.step(showMs);
  deployment.pool.hold("den");
  write("put", { room: "den", rank: 2, body: "unseen" }).catch(() => undefined);
  await settle();
  expect(JSON.stringify(client.messages)).not.toContain("unseen");
  deployment.pool.release("den");
  await settle();
  const model = new DeviceModel(testSchema).receiveAll(client.messages);
  expect([bodiesOf(model), model.problems]).toEqual([[], []]);
  expect(JSON.stringify(client.messages)).not.toContain("unseen");
  await deployment.close();
});

test("[SY50] a clock that is set is noticed without any write, ahead within half a minute; one that is set back is waited for", async () => {
  const dayMs = 86_400_000;
  const deployment = await openTestDeployment(noteFunctions);
  const startMs = deployment.clock.nowMs();
  deployment.pool.reload({ den: { kind: "scope", run: () => ({ ranges: [roomOf("den")], until: startMs + dayMs }) } });
  await connectDevice(deployment);
  deployment.clock.step(-dayMs);
  deployment.clock.advance(30_000);
  await settle();
  expect(runsOf(deployment)).toBe(1);
  deployment.clock.step(2 * dayMs);
  deployment.clock.advance(29_000);
  await settle();
  expect(runsOf(deployment)).toBe(1);
  deployment.clock.advance(1_000);
  await settle();
  expect(runsOf(deployment)).toBe(2);
  await deployment.close();
});

test("[SY51] a device that was away when the moment came does not have the range when its first poke has come", async () => {
  const { deployment } = await openDen();
  const device = newDevice();
  const { client } = await connectDevice(deployment, device);
  const model = new DeviceModel(testSchema).receiveAll(client.messages);
  expect(bodiesOf(model)).toEqual(["secret"]);
  client.disconnect();
  deployment.clock.advance(2 * showMs);
  const again = await connectDevice(deployment, device, model.connect());
  expect(again.client.pokes).toHaveLength(1);
  expect(bodiesOf(model.receiveAll(again.client.messages))).toEqual([]);
  await deployment.close();
});

test("[SY50] a moment that has passed already makes no hot loop: a scope runs by time at most once a second", async () => {
  const deployment = await openTestDeployment({
    ...noteFunctions,
    den: { kind: "scope", run: ({ timeMs }) => ({ ranges: [roomOf("den")], until: timeMs - 5 }) },
  });
  await connectDevice(deployment);
  for (let turn = 0; turn < 100; turn++) {
    deployment.clock.advance(100);
    await settle();
  }
  expect(runsOf(deployment)).toBe(11);
  expect(deployment.live.figures.dueRuns).toBe(10);
  await deployment.close();
});
