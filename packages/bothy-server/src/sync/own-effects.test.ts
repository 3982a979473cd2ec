import { expect, test } from "vitest";
import { DeviceModel } from "../testing/index.ts";
import { connectDevice, mutation, openTestDeployment, settle, testSchema, until } from "./test-deployment.ts";
import type { Incoming } from "./test-deployment.ts";
import { noteFunctions, textOf } from "./test-notes.ts";

/** Everything up to the end of the poke that tells the outcome of n: what the device has when it stops showing its own effect. */
function untilAnswered(messages: readonly Incoming[], n: number): readonly Incoming[] {
  const told = messages.findIndex(
    (one) => one.type === "poke" && one.header.outcomes?.some(([of]) => of === n) === true,
  );
  const end = messages.findIndex((one, at) => at >= told && one.type === "poke" && one.header.more !== true);
  return messages.slice(0, end + 1);
}

test("[SY31] the poke that answers a mutation has the ranges that it opened, with all that is in them, however much", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { client: author } = await connectDevice(deployment);
  // Twice what a part of a poke has.
  const count = 40;
  const bodies = Array.from({ length: count }, (_, k) => `${k} ${"x".repeat(15_000)}`);
  author.send({
    type: "push",
    mutations: bodies.map((body, k) => mutation(k + 1, "put", { room: "den", rank: k, body })),
  });
  await until(() => author.outcomes.length === count);
  const { client, userId } = await connectDevice(deployment);
  client.send({
    type: "push",
    mutations: [
      mutation(1, "join", { user: userId, room: "den" }),
      mutation(2, "put", { room: "den", rank: 99, body: "my own" }),
    ],
  });
  await until(() => client.outcomes.length === 2);
  await settle();
  for (const [n, own] of [
    [1, []],
    [2, ["my own"]],
  ] as const) {
    const model = new DeviceModel(testSchema);
    for (const message of untilAnswered(client.messages, n)) model.receive(message);
    const held = [...model.rows.values()]
      .filter(({ table }) => table === "notes")
      .map((row) => textOf(row.document, "body"));
    expect(held).toEqual(expect.arrayContaining([...bodies, ...own]));
    expect(model.problems).toEqual([]);
  }
  await deployment.close();
});
