import { expect, test } from "vitest";
import { BackupSession } from "./backup-session.ts";
import { describeBackup } from "./describe-backup.ts";
import { restoreBackup } from "./restore-backup.ts";
import { openFolderTarget, openPrefixTarget } from "./target.ts";
import type { BackupTarget } from "./target.ts";
import { countWrites, createTestWorld, filesBelow, TestLog, textsOf } from "./test-log.ts";
import type { TestWorld } from "./test-log.ts";

async function backUp(world: TestWorld, target = openFolderTarget(world.disk, "/backup")): Promise<number> {
  const session = await BackupSession.open({ world, folder: "/data", target });
  let bytes = 0;
  for (let step = await session.ship(); step !== undefined; step = await session.ship()) bytes += step.sizeBytes;
  await session.close();
  return bytes;
}

function restore(world: TestWorld, { folder = "/new", version }: { folder?: string; version?: number } = {}) {
  const source = openFolderTarget(world.disk, "/backup");
  return restoreBackup({
    world,
    source,
    folder,
    onPiece: () => undefined,
    ...(version === undefined ? {} : { version }),
  });
}

test("[BK1] a backup holds the log byte for byte, and restores to the same records", async () => {
  const world = createTestWorld();
  const log = await TestLog.open(world);
  await log.append(60);
  await backUp(world);
  const restored = await restore(world);
  expect(restored).toMatchObject({ version: 60, server: "ab".repeat(16) });
  for (const path of await filesBelow(world.disk, "/data/log"))
    expect(await world.disk.read(path.replace("/data/", "/new/"))).toEqual(await world.disk.read(path));
  expect(await textsOf(world, "/new")).toEqual(await textsOf(world, "/data"));
  expect(await world.disk.list("/new")).toEqual(["log", "restored"]);
  // The copy is a log that a server goes on with.
  const again = await TestLog.open(world, { folder: "/new" });
  await again.append(3);
  expect(await textsOf(world, "/new")).toHaveLength(63);
});

test("[BK3] a second run ships what is new and nothing else, and a third one nothing", async () => {
  const world = createTestWorld();
  const log = await TestLog.open(world);
  await log.append(200);
  await backUp(world);
  const before = await filesBelow(world.disk, "/data/log");
  await log.append(10);
  const target = countWrites(openFolderTarget(world.disk, "/backup"));
  const shipped = await backUp(world, target);
  expect(shipped).toBeLessThan(10 * 200);
  // Pieces of the last segment may be shipped once more inside a larger one, those of earlier segments never.
  const earlier = before.slice(0, -1).map((path) => path.slice("/data/log/".length, -".log".length));
  expect(target.written.filter((name) => earlier.some((segment) => name.includes(segment)))).toEqual([]);
  const idle = countWrites(openFolderTarget(world.disk, "/backup"));
  expect(await backUp(world, idle)).toBe(0);
  // Its claim, and nothing of the log.
  expect(idle.written).toEqual(["backup.json"]);
  expect((await restore(world)).version).toBe(210);
});

test("[BK2] what is not whole is left for the next time, and taken once it is", async () => {
  const world = createTestWorld();
  const log = await TestLog.open(world);
  await log.append(5);
  const file = await log.tear(new Uint8Array(30).fill(9));
  await backUp(world);
  expect((await describeBackup(openFolderTarget(world.disk, "/backup"))).version).toBe(5);
  await file.truncate(file.sizeBytes - 30);
  await log.append(2);
  await backUp(world);
  expect((await restore(world)).version).toBe(7);
});

test("[BK2] nothing is shipped before the segment that it stands in was synced", async () => {
  const world = createTestWorld();
  const log = await TestLog.open(world);
  await log.append(90);
  const synced = new Set<string>();
  world.disk.before = ({ kind, path }) => {
    if (kind === "sync" && path.startsWith("/data/log/")) synced.add(path.slice("/data/log/".length, -".log".length));
    const segment = /^\/backup\/log\/(\d{16})\//u.exec(path)?.[1];
    if (kind === "write" && segment !== undefined) expect([...synced]).toContain(segment);
  };
  await backUp(world);
  expect(synced.size).toBeGreaterThan(2);
});

test("[BK2] a record that was damaged after it was synced ends the backup with its place", async () => {
  const world = createTestWorld();
  const log = await TestLog.open(world);
  await log.append(30);
  world.disk.flip("/data/log/0000000000000001.log", 200);
  await expect(backUp(world)).rejects.toMatchObject({ code: "folder_damaged", details: { path: expect.any(String) } });
});

test("[BK4] a target with another server's backup, a diverged history or something else is refused and left as it was", async () => {
  const world = createTestWorld();
  const log = await TestLog.open(world);
  await log.append(30);
  await backUp(world);
  const files = await filesBelow(world.disk, "/backup");
  const content = await Promise.all(files.map((path) => world.disk.read(path)));
  const target = openFolderTarget(world.disk, "/backup");
  const refusals: [string, string][] = [
    ["/other", "server_changed"],
    ["/shorter", "epoch_changed"],
    ["/diverged", "epoch_changed"],
    ["/nothing", "not_found"],
  ];
  await (await TestLog.open(world, { folder: "/other", serverId: "cd".repeat(16) })).append(40);
  for (const folder of ["/shorter", "/diverged"]) await restore(world, { folder, version: 20 });
  await (await TestLog.open(world, { folder: "/diverged" })).append(40, "another");
  for (const [folder, code] of refusals)
    await expect(BackupSession.open({ world, folder, target }), folder).rejects.toMatchObject({ code });
  expect(await filesBelow(world.disk, "/backup")).toEqual(files);
  expect(await Promise.all(files.map((path) => world.disk.read(path)))).toEqual(content);
  await world.disk.writeAtomic("/photos/cat.jpg", new Uint8Array(3));
  await expect(
    BackupSession.open({ world, folder: "/data", target: openFolderTarget(world.disk, "/photos") }),
  ).rejects.toMatchObject({ code: "usage_invalid" });
});

test("[BK5] a second run takes the target over, and the first one stops without harm", async () => {
  const world = createTestWorld();
  const log = await TestLog.open(world);
  const source = { world, folder: "/data", target: openFolderTarget(world.disk, "/backup") };
  await log.append(5);
  const first = await BackupSession.open(source);
  await first.ship();
  const second = await BackupSession.open(source);
  await log.append(5);
  await expect(first.ship()).rejects.toMatchObject({ code: "folder_locked" });
  await second.ship();
  await second.close();
  expect((await restore(world)).version).toBe(10);
});

test("[P9] [BK5] a run that ends before any one of its writes leaves a backup that restores, and the next run completes it", async () => {
  // One piece and one segment first, then several, so that every kind of step is met.
  for (let failedAt = 0; failedAt < 40; failedAt++) {
    const world = createTestWorld();
    const log = await TestLog.open(world);
    await log.append(12);
    await backUp(world);
    await log.append(40);
    let count = 0;
    world.disk.before = ({ path }) => {
      if (path.startsWith("/backup") && count++ === failedAt) throw Object.assign(new Error("full"), { code: "x" });
    };
    const isCut = await backUp(world).then(
      () => false,
      () => true,
    );
    world.disk.before = () => undefined;
    const restored = await restore(world);
    expect(restored.version).toBeGreaterThanOrEqual(12);
    expect(await textsOf(world, "/new")).toEqual((await textsOf(world, "/data")).slice(0, restored.version));
    await backUp(world);
    expect((await restore(world, { folder: "/complete" })).version).toBe(52);
    // Nothing is left over: what is there is the head, and each segment's list and pieces.
    const files = await filesBelow(world.disk, "/backup");
    const { points } = await describeBackup(openFolderTarget(world.disk, "/backup"));
    expect(files.filter((path) => path.endsWith(".piece"))).toHaveLength(points.length);
    if (!isCut) return;
  }
  throw new Error("the run never came to its end");
});

test("[P9] [BK6] a flipped byte anywhere in a backup is refused, and nothing appears under the new name", async () => {
  const world = createTestWorld();
  const log = await TestLog.open(world);
  await log.append(25);
  await backUp(world);
  await log.append(25);
  await backUp(world);
  let flips = 0;
  for (const path of await filesBelow(world.disk, "/backup")) {
    const size = (await world.disk.stat(path))?.sizeBytes ?? 0;
    for (let offset = 0; offset < size; offset += Math.max(1, Math.floor(size / 40))) {
      world.disk.flip(path, offset);
      // Who wrote last is no part of what is restored, but of what is sealed.
      await expect(restore(world), `${path}:${offset}`).rejects.toMatchObject({ code: "folder_damaged" });
      expect([await world.disk.stat("/new"), await world.disk.stat("/new.restoring")]).toEqual([undefined, undefined]);
      world.disk.flip(path, offset);
      flips++;
    }
  }
  expect(flips).toBeGreaterThan(200);
  expect((await restore(world)).version).toBe(50);
});

test("[P9] [BK6] a backup that lacks a file, or the end of one, is refused by name", async () => {
  const world = createTestWorld();
  const log = await TestLog.open(world);
  await log.append(50);
  await backUp(world);
  for (const path of await filesBelow(world.disk, "/backup")) {
    const bytes = (await world.disk.read(path)) ?? new Uint8Array();
    const name = path.slice("/backup/".length);
    const code = name === "backup.json" ? "not_found" : "folder_damaged";
    await world.disk.remove(path);
    await expect(restore(world), name).rejects.toMatchObject({ code });
    for (const length of [0, 1, bytes.length - 1]) {
      await world.disk.writeAtomic(path, bytes.slice(0, length));
      await expect(restore(world), name).rejects.toMatchObject({
        code: "folder_damaged",
        details: { name: expect.stringContaining(name) },
      });
    }
    await world.disk.writeAtomic(path, bytes);
  }
  expect(await world.disk.stat("/new")).toBeUndefined();
});

test("[BK6] pieces that are whole and of another log are refused by the chain", async () => {
  const [world, other] = [createTestWorld(), createTestWorld()];
  for (const [each, text] of [
    [world, "mine"],
    [other, "that"],
  ] as const) {
    const log = await TestLog.open(each);
    await log.append(40, text);
    await backUp(each);
  }
  // The first segment, list and pieces, of the other one.
  for (const path of await filesBelow(other.disk, "/backup")) {
    if (!path.includes("0000000000000001")) continue;
    await world.disk.writeAtomic(path, (await other.disk.read(path)) ?? new Uint8Array());
  }
  await expect(restore(world)).rejects.toMatchObject({ code: "folder_damaged" });
  expect(await world.disk.stat("/new")).toBeUndefined();
});

test("[BK7] a restore makes a new folder only, and takes an empty one", async () => {
  const world = createTestWorld();
  const log = await TestLog.open(world);
  await log.append(10);
  await backUp(world);
  await expect(restore(world, { folder: "/data" })).rejects.toMatchObject({ code: "usage_invalid" });
  expect(await textsOf(world, "/data")).toHaveLength(10);
  await world.disk.makeFolder("/empty");
  expect((await restore(world, { folder: "/empty" })).version).toBe(10);
});

test("[BK7] any version can be restored, and is a log that goes on from there", async () => {
  const world = createTestWorld();
  const log = await TestLog.open(world);
  await log.append(50);
  await backUp(world);
  const texts = await textsOf(world, "/data");
  for (let version = 1; version <= 50; version++) {
    const folder = `/at-${version}`;
    expect((await restore(world, { folder, version })).version).toBe(version);
    expect(await textsOf(world, folder)).toEqual(texts.slice(0, version));
    await (await TestLog.open(world, { folder })).append(1, "after");
    expect(await textsOf(world, folder)).toHaveLength(version + 1);
  }
  for (const version of [0, 51])
    await expect(restore(world, { version })).rejects.toMatchObject({ code: "usage_invalid" });
});

test("[BK5] a restore beside a backup that goes on reads the pieces of now", async () => {
  const world = createTestWorld();
  const log = await TestLog.open(world);
  const folder = openFolderTarget(world.disk, "/backup");
  await log.append(1);
  const session = await BackupSession.open({ world, folder: "/data", target: folder });
  let isBusy = true;
  const source: BackupTarget = {
    ...folder,
    read: async (name) => {
      if (isBusy && name.endsWith(".piece")) {
        // Two more steps, so that the piece that was asked for has been replaced and removed.
        isBusy = log.version < 9;
        for (let step = 0; step < 2; step++) {
          await log.append(1);
          await session.ship();
        }
      }
      return await folder.read(name);
    },
  };
  await session.ship();
  const restored = await restoreBackup({ world, source, folder: "/new", onPiece: () => undefined });
  expect(await textsOf(world, "/new")).toEqual((await textsOf(world, "/data")).slice(0, restored.version));
});

test("a backup below a prefix of a bucket is the same, and touches nothing beside the prefix", async () => {
  const world = createTestWorld();
  const log = await TestLog.open(world);
  await log.append(30);
  const bucket = openFolderTarget(world.disk, "/bucket");
  await bucket.write("other/object", new Uint8Array(1));
  const target = openPrefixTarget(bucket, "app/nightly", "s3://bucket/app/nightly");
  await backUp(world, target);
  const restored = await restoreBackup({ world, source: target, folder: "/new", onPiece: () => undefined });
  expect(restored.version).toBe(30);
  expect(await world.disk.list("/bucket")).toEqual(["app", "other"]);
});
