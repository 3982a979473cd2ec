/**
 * What thousands of members of one team cost; run by `npm run bench -- scopes`. All is in one process: sessions over an engine in
 * memory, each with a socket that is a function call, and functions that run in the same thread.
 */
import { chainStart } from "bothy/internal";
import { createSystemClock } from "../base/index.ts";
import { openTestDeployment, settle, TestClient } from "./test-deployment.ts";
import type { TestFunction } from "./test-functions.ts";
import { field, membershipsOf, noteFunctions, roomOf, textOf } from "./test-notes.ts";

const request: { members: number; others: number; ranges: number } = JSON.parse(process.argv[2] ?? "{}");
const many = 20_000;
const clock = createSystemClock();

/** Members hold a scope that reads one setting, which all share, and their own memberships. */
const team: TestFunction = {
  kind: "scope",
  isOnDemand: true,
  run: ({ identity, read }) => {
    read({ table: "notes", index: "by_room", prefix: ["setting"] });
    const own = membershipsOf(identity?.subject ?? "");
    return [own, ...read(own).map((member) => roomOf(textOf(member, "room")))];
  },
};
const joinAll: TestFunction = {
  kind: "mutation",
  run: ({ args, insert }) => {
    const [from, to] = [Number(field(args, "from")), Number(field(args, "to"))];
    for (let at = from; at < to; at++) insert("members", { user: field(args, "user"), room: `room ${at}` });
    return null;
  },
};
const { rooms: _, ...withoutRooms } = noteFunctions;
const deployment = await openTestDeployment(
  { ...withoutRooms, team, joinAll },
  {
    limits: { socketsPerAddressMax: many, newDevicesPerHour: many, socketsMax: many },
    soon: (task) => clock.soon(task),
  },
);

let deviceCount = 0;
function connect(isMember: boolean): TestClient {
  const number = (++deviceCount).toString(16);
  const client = deployment.connect();
  const device = {
    id: number.padStart(32, "0"),
    key: number.padStart(64, "a"),
    fence: 0,
    start: 0,
    startChain: chainStart,
  };
  client.send({
    type: "hello",
    protocol: 1,
    schema: "schema",
    device,
    acked: 0,
    chain: chainStart,
    ...(isMember && { holds: [{ hold: 1, name: "team", args: {} }] }),
  });
  return client;
}

async function until(condition: () => boolean): Promise<number> {
  const startMs = clock.monotonicMs();
  while (!condition()) {
    if (clock.monotonicMs() - startMs > 120_000) throw new Error("what was waited for did not happen");
    await new Promise<void>((resolve) => clock.soon(resolve));
  }
  return clock.monotonicMs() - startMs;
}

const isGreeted = (client: TestClient): boolean => client.raw.some((text) => String(text).startsWith('{"type":"poke"'));
const userOf = (client: TestClient): string => {
  const welcome = client.messages.find((message) => message.type === "welcome");
  return welcome?.type === "welcome" ? welcome.identity.subject : "";
};
async function connectAll(count: number, isMember: boolean): Promise<readonly TestClient[]> {
  const clients: TestClient[] = [];
  for (let at = 0; at < count; at++) {
    clients.push(connect(isMember));
    if (at % 500 === 499) await until(() => clients.every(isGreeted));
  }
  await until(() => clients.every(isGreeted));
  return clients;
}

const members = await connectAll(request.members, true);
const others = await connectAll(request.others, false);
const [author] = others;
if (author === undefined) throw new Error("somebody has to write");
let n = 0;
function push(name: string, args: Record<string, string | number>): void {
  n++;
  const nonce = n.toString(16).padStart(32, "0");
  author?.send({ type: "push", mutations: [{ n, nonce, name, version: "1", args, time: 1 }] });
}
const bytesFrom = ({ raw }: TestClient, from: number): number =>
  raw.slice(from).reduce((sum, text) => sum + text.length, 0);

// One membership changes.
const [first] = members;
if (first === undefined) throw new Error("somebody has to be a member");
await settle();
let runs = deployment.live.figures.runs;
let from = first.raw.length;
push("join", { user: userOf(first), room: "den" });
const memberMs = await until(() => first.raw.length > from);
await settle();
const memberRuns = deployment.live.figures.runs - runs;

// A row that all of them have read changes; meanwhile something is written that the others see.
runs = deployment.live.figures.runs;
const othersFrom = others.map(({ raw }) => raw.length);
push("put", { room: "setting", rank: 1, body: "on" });
push("put", { room: "lobby", rank: 1, body: "open" });
const startMs = clock.monotonicMs();
await until(() => others.every(({ raw }, at) => raw.length > (othersFrom[at] ?? 0)));
const othersMs = clock.monotonicMs() - startMs;
const runsThen = deployment.live.figures.runs - runs;
await until(() => deployment.live.figures.runs - runs >= request.members && deployment.live.state().runningRuns === 0);
const sharedMs = clock.monotonicMs() - startMs;
const sharedRuns = deployment.live.figures.runs - runs;

// One device with thousands of small ranges, and one more.
const user = userOf(first);
from = first.raw.length;
push("joinAll", { user, from: 0, to: request.ranges });
await until(() => first.raw.length > from);
await settle();
const grantBytes = bytesFrom(first, from);
from = first.raw.length;
push("join", { user, room: "one more" });
const moreMs = await until(() => first.raw.length > from);
const moreBytes = bytesFrom(first, from);

process.stdout.write(
  JSON.stringify({ memberMs, memberRuns, othersMs, runsThen, sharedMs, sharedRuns, grantBytes, moreMs, moreBytes }),
);
process.exit(0);
