import { expect, test } from "vitest";
import { connectDevice, mutation, openTestDeployment, settle, until } from "./test-deployment.ts";
import { noteFunctions } from "./test-notes.ts";

const put = (n: number) => mutation(n, "put", { room: "lobby", rank: n, body: `note ${n}` });

test("[SY4] [SY17] a device that lost its socket in the middle of a mutation is welcomed after it, not overtaken by it", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client, device } = await connectDevice(deployment);
  deployment.pool.hold("put");
  client.send({ type: "push", mutations: [put(1), put(2)] });
  await settle();
  client.disconnect();
  const connecting = connectDevice(deployment, device);
  await settle();
  deployment.pool.release("put");
  const { client: next } = await connecting;
  // The second had not begun: it is the device's to send again.
  expect(next.messages[0]).toMatchObject({ type: "welcome", device: { n: 1 } });
  next.send({ type: "push", mutations: [put(1), put(2), put(3)] });
  await until(() => next.outcomes.length === 3 || next.closed !== undefined);
  expect(next.closed).toBeUndefined();
  expect(next.outcomes.map(([n, kind]) => [n, kind])).toEqual([
    [1, "applied"],
    [2, "applied"],
    [3, "applied"],
  ]);
  expect(deployment.pool.calls.filter((name) => name === "put")).toHaveLength(3);
  await deployment.close();
});

test("[SY18] the answer to a duplicate comes although what it waits for becomes durable in several steps", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { engine } = deployment;
  const { client } = await connectDevice(deployment);
  client.send({ type: "push", mutations: [put(1)] });
  await until(() => client.outcomes.length === 1);
  const commit = () =>
    engine.commit({ snapshot: engine.version, reads: [], writes: [], records: [{ key: ["x"], text: "1" }] });
  // Between the two commits, another number of turns each time: in some of them the first is being synced already.
  for (let turns = 0; turns < 8; turns++) {
    commit();
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    commit();
    const before = client.outcomes.length;
    client.send({ type: "push", mutations: [put(1)] });
    await settle();
    expect([turns, client.outcomes.length]).toEqual([turns, before + 1]);
  }
  await deployment.close();
});
