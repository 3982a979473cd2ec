import { defineSchema, defineTable, v } from "bothy/internal";
import { expect, test } from "vitest";
import { withSystemTables } from "../auth/index.ts";
import { appOf, connectDevice, mutation, newDevice, openTestDeployment, settle, until } from "./test-deployment.ts";
import { noteFunctions } from "./test-notes.ts";

// The same tables with their indexes elsewhere: the keys of what is written stand in another order.
const next = defineSchema({
  notes: defineTable({ room: v.string(), rank: v.number(), body: v.string() })
    .index("by_rank", ["rank"])
    .index("by_room", ["room", "rank"]),
  members: defineTable({ user: v.string(), room: v.string() }).index("by_user", ["user"]),
});

test("[SY29] when another schema comes into force all sockets end, a hello is judged by it, and no mutation is lost or doubled", async () => {
  const deployment = await openTestDeployment(noteFunctions);
  const { engine, sync, skew, pool } = deployment;
  const { client, device } = await connectDevice(deployment);
  const put = (n: number) => mutation(n, "put", { room: "lobby", rank: n, body: `note ${n}` });
  client.send({ type: "push", mutations: [put(1)] });
  await until(() => client.outcomes.length === 1);
  pool.hold("put");
  client.send({ type: "push", mutations: [put(2)] });
  await engine.changeSchema(withSystemTables(next), {
    onTaken: () => {
      pool.reload(noteFunctions);
      skew.take(appOf("next", next));
      sync.takeSchema();
    },
  });
  expect(client.error).toBe("shutting_down");
  pool.release("put");
  const again = await connectDevice(deployment, device, { schema: "next" });
  again.client.send({ type: "push", mutations: [put(2), put(3)] });
  await until(() => again.client.outcomes.length === 2);
  await settle();
  expect(again.client.outcomes.map(([n, kind]) => [n, kind])).toEqual([
    [2, "applied"],
    [3, "applied"],
  ]);
  const range = { table: "notes", index: "by_rank", equalities: 0, lower: "", upper: "\xff" };
  const bodies = engine.read(range, "asc", 10).documents.map(({ text }) => (JSON.parse(text) as { body: string }).body);
  expect(bodies).toEqual(["note 1", "note 2", "note 3"]);
  // What the scope grants goes on: another device sees what comes.
  const watcher = await connectDevice(deployment, newDevice(), { schema: "next" });
  watcher.client.take();
  again.client.send({ type: "push", mutations: [put(4)] });
  await until(() => watcher.client.takePokes().some(({ chunks }) => JSON.stringify(chunks).includes("note 4")));
  await deployment.close();
});
