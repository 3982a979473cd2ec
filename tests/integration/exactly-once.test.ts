import { chainNext } from "bothy/internal";
import type { Outcome, PushedMutation } from "bothy/internal";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startDeployment } from "../deployment.ts";
import type { Deployment } from "../deployment.ts";
import { copyProfile, helloOf, newProfile, nextMutation, openDevice, randomHex } from "../raw-device.ts";
import type { RawDevice, RawProfile } from "../raw-device.ts";
import { openSocket } from "../raw-socket.ts";
import type { RawSocket, Received } from "../raw-socket.ts";

let deployment: Deployment;

beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(async () => {
  await deployment.stop();
});

/** The next call of a device that adds one to a counter of the deployment and returns what it is then. */
function nextCount(profile: RawProfile, name: string): PushedMutation {
  const mutation = nextMutation(profile, "server:count", { name });
  profile.n = mutation.n;
  return mutation;
}

/** What a counter is, and one more from now on. */
async function countOnServer(name: string): Promise<unknown> {
  return deployment.run("server:count", { name });
}

function push(socket: RawSocket, mutations: readonly PushedMutation[]): void {
  socket.sendMessage({ type: "push", mutations });
}

function outcomesIn(received: readonly Received[]): Outcome[] {
  return received.flatMap((message) => (message.type === "poke" ? (message.header.outcomes ?? []) : []));
}

/** The outcomes of a number on a socket, once there are so many. */
async function outcomesOf(socket: RawSocket, n: number, count = 1): Promise<readonly Outcome[]> {
  const found = (): Outcome[] => outcomesIn(socket.received).filter((outcome) => outcome[0] === n);
  await new Promise<void>((resolve, reject) => {
    const look = (): void => {
      if (found().length >= count) resolve();
    };
    socket.onMessage(look);
    void socket.ended.then(({ errorCode }) => reject(new Error(`The socket ended with ${errorCode}.`)));
    look();
  });
  return found();
}

/** Sends a mutation that had its outcome once more. */
async function replay({ socket }: RawDevice, mutation: PushedMutation): Promise<Outcome | undefined> {
  const before = outcomesIn(socket.received).filter(([n]) => n === mutation.n).length;
  push(socket, [mutation]);
  return (await outcomesOf(socket, mutation.n, before + 1)).at(-1);
}

test("[P4] [SY4] one mutation that is pushed on two sockets at once takes effect once, and both are answered alike", async () => {
  const rounds = 20;
  const profile = newProfile();
  // The device is known from its first contact on, as one that opens a second tab is.
  (await openDevice(deployment.url, profile)).close();
  for (let round = 1; round <= rounds; round++) {
    const mutation = nextCount(profile, "two sockets");
    const sockets = await Promise.all([openSocket(deployment.url), openSocket(deployment.url)]);
    for (const socket of sockets) {
      profile.fence += 1;
      socket.sendMessage(helloOf(profile));
      push(socket, [mutation]);
    }
    const [older, newer] = sockets;
    expect(await outcomesOf(newer, round)).toEqual([[round, "applied", round]]);
    expect((await older.ended).errorCode).toBe("device_replaced");
    // What reached the older one before it was replaced says the same.
    for (const outcome of outcomesIn(older.received)) expect(outcome).toEqual([round, "applied", round]);
    profile.chain = chainNext(profile.chain, mutation.nonce);
    profile.acked = round;
    newer.close();
  }
  expect(await countOnServer("two sockets")).toBe(rounds + 1);
});

test("[P4] [SY18] a mutation that comes again after a kill, or after its outcome has expired, takes no effect", async () => {
  const outcomesKept = 1_000;
  const count = outcomesKept + 10;
  const profile = newProfile();
  const device = await openDevice(deployment.url, profile);
  const mutations = Array.from({ length: count }, () => nextCount(profile, "replayed"));
  profile.outbox.push(...mutations);
  // As many as may wait.
  for (let at = 0; at < count; at += 250) {
    const some = mutations.slice(at, at + 250);
    push(device.socket, some);
    await outcomesOf(device.socket, some.at(-1)?.n ?? 0);
  }
  const [first, last] = [mutations[0], mutations.at(-1)];
  if (first === undefined || last === undefined) throw new Error("There are many.");
  expect(await replay(device, last)).toEqual([count, "applied", count]);
  expect(await replay(device, first)).toEqual([1, "expired"]);

  await deployment.kill();
  deployment = await startDeployment({
    folder: deployment.folder,
    port: Number(new URL(deployment.url).port),
  });
  const again = await openDevice(deployment.url, profile);
  expect(again.welcome.device.n).toBe(count);
  expect(await replay(again, last)).toEqual([count, "applied", count]);
  expect(await replay(again, first)).toEqual([1, "expired"]);
  again.close();

  // A profile that was restored from before the first answer has written something else under this number.
  const older = { ...newProfile(), id: profile.id, key: profile.key, fence: profile.fence };
  const restored = await openDevice(deployment.url, older);
  expect(await replay(restored, { ...first, nonce: randomHex(16) })).toMatchObject([
    1,
    "parked",
    { code: "device_copied" },
  ]);
  restored.close();
  expect(await countOnServer("replayed")).toBe(count + 1);
});

test("[P4] [SY18] [SY21] a device and its copy write on: nothing is swallowed, nothing runs twice", async () => {
  const profile = newProfile();
  const original = await openDevice(deployment.url, profile);
  for (const value of [1, 2]) {
    expect(await original.mutate("server:count", { name: "copied" })).toEqual([value, "applied", value]);
  }
  const copied = copyProfile(profile);
  expect(await original.mutate("server:count", { name: "copied" })).toEqual([3, "applied", 3]);

  // The copy does not know of the third, and has a third of its own.
  const copy = await openDevice(deployment.url, copied);
  expect((await original.socket.ended).errorCode).toBe("device_replaced");
  expect(copy.welcome.device.n).toBe(3);
  const own = nextCount(copied, "copied");
  push(copy.socket, [own]);
  expect((await copy.socket.ended).errorCode).toBe("device_copied");

  // It goes on as another device, from where it and the original were one.
  const previous = copied.id;
  Object.assign(copied, { id: randomHex(16) });
  const { device } = helloOf(copied);
  const another = await openDevice(deployment.url, copied, {
    device: { ...device, fence: device.fence + 1, previous },
  });
  expect(another.welcome.device.n).toBe(2);
  expect(await replay(another, own)).toEqual([3, "applied", 4]);
  expect(await replay(another, own)).toEqual([3, "applied", 4]);
  const back = await openDevice(deployment.url, { ...profile, fence: profile.fence + 5 });
  expect(await back.mutate("server:count", { name: "copied" })).toEqual([4, "applied", 5]);
  expect(await countOnServer("copied")).toBe(6);
  another.close();
  back.close();
});
