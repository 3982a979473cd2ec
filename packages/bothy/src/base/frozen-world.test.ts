import { expect, test } from "vitest";
import { createMemoryRealm, runFrozen } from "./index.ts";

test("[CL4] inside a frozen body the time is the captured one and randomness the given one; afterwards both are back", async () => {
  const realNow = Date.now;
  const realRandom = Math.random;
  const seen = await runFrozen({ timeMs: 5000, random: () => 0.25 }, async () => {
    await Promise.resolve();
    return [Date.now(), new Date().getTime(), new Date(7).getTime(), Math.random(), new Date() instanceof Date];
  });
  expect(seen).toEqual([5000, 5000, 7, 0.25, true]);
  expect(Date.now).toBe(realNow);
  expect(Math.random).toBe(realRandom);
});

test("[CL4] a body that throws leaves the world as it was", async () => {
  const RealDate = Date;
  await expect(
    runFrozen({ timeMs: 1, random: () => 0 }, async () => {
      throw new Error("stop");
    }),
  ).rejects.toThrow("stop");
  expect(globalThis.Date).toBe(RealDate);
});

test("[CL4] bodies of several clients take turns, each in its own moment", async () => {
  const run = (timeMs: number): Promise<number[]> =>
    runFrozen({ timeMs, random: () => 0 }, async () => {
      const first = Date.now();
      await Promise.resolve();
      await Promise.resolve();
      return [first, Date.now()];
    });
  expect(await Promise.all([run(1), run(2), run(3)])).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ]);
});

test("tabs of a realm share locks, and a killed tab gives its own back", async () => {
  const realm = createMemoryRealm();
  const [first, second] = [realm.openTab(), realm.openTab()];
  const held: string[] = [];
  first.locks?.hold("leader", () => held.push("first"));
  second.locks?.hold("leader", () => held.push("second"));
  await realm.settle();
  expect(held).toEqual(["first"]);
  first.kill();
  await realm.settle();
  expect(held).toEqual(["first", "second"]);
});

test("tabs of a realm hear each other, not themselves, and nothing once closed", async () => {
  const realm = createMemoryRealm();
  const [first, second] = [realm.openTab(), realm.openTab()];
  const heard: unknown[] = [];
  const channel = first.openChannel?.("c", () => heard.push("itself"));
  const other = second.openChannel?.("c", (message) => heard.push(message));
  channel?.post({ n: 1 });
  await realm.settle();
  other?.close();
  channel?.post({ n: 2 });
  await realm.settle();
  expect(heard).toEqual([{ n: 1 }]);
});

test("the clock of a realm moves only when it is told to", async () => {
  const realm = createMemoryRealm(0);
  const { clock } = realm.openTab();
  const ran: number[] = [];
  clock.after(20, () => ran.push(clock.nowMs()));
  clock.after(10, () => ran.push(clock.nowMs()));
  const cancel = clock.after(15, () => ran.push(-1));
  cancel();
  await realm.advance(30);
  expect(ran).toEqual([10, 20]);
});

test("a connection without a listener fails, and what is sent arrives in order", async () => {
  const realm = createMemoryRealm();
  const tab = realm.openTab();
  const seen: string[] = [];
  const listener = {
    opened: () => seen.push("opened"),
    message: (text: string) => seen.push(text),
    closed: (code: number) => seen.push(`closed ${code}`),
  };
  tab.openSocket("ws://a", listener);
  await realm.settle();
  realm.listen((end) => {
    end.onMessage((text) => end.send(`${text}!`));
    end.onClose(() => seen.push("gone"));
  });
  const socket = tab.openSocket("ws://a", listener);
  await realm.settle();
  socket.send("a");
  socket.send("b");
  await realm.settle();
  socket.close();
  await realm.settle();
  expect(seen).toEqual(["closed 1006", "opened", "a!", "b!", "gone"]);
});
