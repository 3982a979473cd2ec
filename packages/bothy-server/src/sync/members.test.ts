import { expect, test } from "vitest";
import { connectDevice, mutation, openTestDeployment, settle, until } from "./test-deployment.ts";
import type { TestClient } from "./test-deployment.ts";
import type { TestFunction } from "./test-functions.ts";
import { field, membershipsOf, noteFunctions, roomOf, textOf } from "./test-notes.ts";

const deviceCount = 60;

/** Everybody reads one setting, which all share, and the own memberships. */
const functions: Readonly<Record<string, TestFunction>> = {
  ...noteFunctions,
  rooms: {
    kind: "scope",
    run: ({ identity, read }) => {
      read({ table: "notes", index: "by_room", prefix: ["setting"] });
      const own = membershipsOf(identity?.subject ?? "");
      return [own, ...read(own).map((member) => roomOf(textOf(member, "room")))];
    },
  },
};

async function openTeam(more: Readonly<Record<string, TestFunction>> = {}) {
  const deployment = await openTestDeployment({ ...functions, ...more });
  const devices = [];
  for (let at = 0; at < deviceCount; at++) devices.push(await connectDevice(deployment));
  const author = await connectDevice(deployment);
  let n = 0;
  const push = (name: string, args: Record<string, string | number>): void =>
    author.client.send({ type: "push", mutations: [mutation(++n, name, args)] });
  const write = async (name: string, args: Record<string, string | number>): Promise<void> => {
    push(name, args);
    await until(() => author.client.outcomes.length === n);
    await settle();
  };
  return { deployment, devices, push, write };
}

const pokesOf = (clients: readonly { readonly client: TestClient }[]): number =>
  clients.reduce((sum, { client }) => sum + client.takePokes().length, 0);

test("[SY54] a membership that changes runs the scope of that member and no other, and pokes nobody else", async () => {
  const { deployment, devices, write } = await openTeam();
  for (const { userId } of devices) await write("join", { user: userId, room: "den" });
  pokesOf(devices);
  const runsBefore = deployment.live.figures.runs;
  deployment.pool.calls.length = 0;
  await write("join", { user: devices[7]?.userId ?? "", room: "attic" });
  expect(deployment.live.figures.runs - runsBefore).toBe(1);
  expect(deployment.pool.calls.filter((name) => name === "rooms")).toHaveLength(1);
  expect(pokesOf(devices)).toBe(1);
  await deployment.close();
});

test("[SY54] a row that all scopes have read runs each once for each identity, and a scope that asks for none once for all", async () => {
  const common: TestFunction = {
    kind: "scope",
    isOnDemand: true,
    run: ({ args, read }) => {
      read({ table: "notes", index: "by_room", prefix: ["setting"] });
      return [roomOf(field(args, "room"))];
    },
  };
  const { deployment, devices, write } = await openTeam({ common });
  for (const [at, { client }] of devices.entries())
    client.send({ type: "hold", hold: 1, name: "common", args: { room: at % 2 === 0 ? "even" : "odd" } });
  await settle();
  deployment.pool.calls.length = 0;
  await write("put", { room: "setting", rank: 1, body: "on" });
  const runsOf = (name: string): number => deployment.pool.calls.filter((one) => one === name).length;
  // One for each device's identity, the author's with them; one for each argument of the other.
  expect([runsOf("rooms"), runsOf("common")]).toEqual([deviceCount + 1, 2]);
  await deployment.close();
});

test("[SY12] [SY54] devices whose scopes have not read the row are not kept waiting by the runs of those that have", async () => {
  const { deployment, devices, push } = await openTeam();
  const [first, ...others] = devices;
  deployment.pool.hold("rooms");
  push("join", { user: first?.userId ?? "", room: "den" });
  await settle();
  pokesOf(devices);
  push("put", { room: "lobby", rank: 1, body: "open" });
  await settle();
  expect([pokesOf(others), pokesOf(first ? [first] : [])]).toEqual([others.length, 0]);
  deployment.pool.release("rooms");
  await settle();
  expect(pokesOf(first ? [first] : [])).toBe(1);
  await deployment.close();
});
