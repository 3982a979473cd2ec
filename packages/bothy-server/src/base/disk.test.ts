import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createNodeDisk } from "./disk.ts";
import { diskError } from "./disk-error.ts";
import { createMemoryDisk } from "./memory-disk.ts";
import { createSeededRandom } from "./seeded-random.ts";
import type { Disk } from "./world.ts";

const root = mkdtempSync(join(tmpdir(), "bothy-disk-"));
afterAll(() => rmSync(root, { recursive: true }));

const text = (bytes: Uint8Array | undefined): string | undefined =>
  bytes === undefined ? undefined : new TextDecoder().decode(bytes);
const bytesOf = (content: string): Uint8Array => new TextEncoder().encode(content);

function testDisk(name: string, disk: Disk, folder: string): void {
  test(`${name} keeps what it is given`, async () => {
    await disk.makeFolder(`${folder}/a`, 0o700);
    expect([
      await disk.list(`${folder}/none`),
      await disk.read(`${folder}/none`),
      await disk.stat(`${folder}/none`),
    ]).toEqual([[], undefined, undefined]);
    const file = await disk.openAppend(`${folder}/a/file`);
    await file.append(bytesOf("hello "));
    await file.append(new Uint8Array(0));
    await file.append(bytesOf("world"));
    await file.sync();
    expect([
      file.sizeBytes,
      text(await disk.read(`${folder}/a/file`)),
      text(await disk.readAt(`${folder}/a/file`, 6, 99)),
    ]).toEqual([11, "hello world", "world"]);
    await file.rewrite(6, bytesOf("w"));
    await file.rewrite(0, bytesOf("hello"));
    expect([file.sizeBytes, text(await disk.read(`${folder}/a/file`))]).toEqual([11, "hello world"]);
    await file.truncate(5);
    await file.append(bytesOf("!"));
    await file.close();
    expect(text(await disk.read(`${folder}/a/file`))).toBe("hello!");
    const again = await disk.openAppend(`${folder}/a/file`);
    expect(again.sizeBytes).toBe(6);
    await again.close();
    await disk.writeAtomic(`${folder}/a/whole`, bytesOf("1"));
    await disk.writeAtomic(`${folder}/a/whole`, bytesOf("2"));
    disk.writeNow(`${folder}/a/now`, bytesOf("1"));
    disk.writeNow(`${folder}/a/now`, bytesOf("2"));
    expect(text(await disk.read(`${folder}/a/now`))).toBe("2");
    await disk.remove(`${folder}/a/now`);
    await disk.syncFolder(`${folder}/a`);
    expect([text(await disk.read(`${folder}/a/whole`)), await disk.list(`${folder}/a`)]).toEqual([
      "2",
      ["file", "whole"],
    ]);
    expect([(await disk.stat(`${folder}/a`))?.isFolder, (await disk.stat(`${folder}/a/whole`))?.sizeBytes]).toEqual([
      true,
      1,
    ]);
    await disk.rename(`${folder}/a`, `${folder}/b`);
    expect([await disk.list(folder), text(await disk.read(`${folder}/b/whole`))]).toEqual([["b"], "2"]);
    await disk.rename(`${folder}/b`, `${folder}/a`);
    const lock = await disk.lock(folder);
    await expect(disk.lock(folder)).rejects.toMatchObject({
      code: "folder_locked",
      message: expect.stringContaining(folder),
    });
    await lock.release();
    await (await disk.lock(folder)).release();
    await disk.remove(`${folder}/a`);
    await disk.remove(`${folder}/a`);
    expect(await disk.list(folder)).toEqual([]);
  });
}

testDisk("the disk of the machine", createNodeDisk(), join(root, "contract"));
testDisk("the disk in memory", createMemoryDisk(), "/folder");

test("files and folders are for their user alone", async () => {
  const disk = createNodeDisk();
  const folder = join(root, "modes");
  await disk.makeFolder(folder, 0o700);
  await (await disk.openAppend(join(folder, "log"))).close();
  await disk.writeAtomic(join(folder, "key"), bytesOf("x"));
  expect([folder, join(folder, "log"), join(folder, "key")].map((path) => statSync(path).mode & 0o777)).toEqual([
    0o700, 0o600, 0o600,
  ]);
});

test("a lock whose process has ended is taken over; one that holds nonsense too", async () => {
  const disk = createNodeDisk();
  const folder = join(root, "stale");
  await disk.makeFolder(folder);
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise((resolve) => child.once("close", resolve));
  const contents = [
    JSON.stringify({ pid: child.pid, started: "" }),
    "",
    "{",
    JSON.stringify({ pid: process.pid, started: "another boot:1" }),
  ];
  for (const content of contents) {
    writeFileSync(join(folder, "lock"), content);
    const lock = await disk.lock(folder);
    await expect(disk.lock(folder)).rejects.toMatchObject({ code: "folder_locked", details: { pid: process.pid } });
    await lock.release();
    expect(readdirSync(folder)).toEqual([]);
  }
});

test("of many that take a stale lock at once, one gets it", async () => {
  const disk = createNodeDisk();
  const folder = join(root, "race");
  await disk.makeFolder(folder);
  for (let round = 0; round < 20; round++) {
    writeFileSync(join(folder, "lock"), JSON.stringify({ pid: 999_999_999, started: "" }));
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => disk.lock(folder)));
    const taken = outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    expect(taken).toHaveLength(1);
    await taken[0]?.release();
    expect(existsSync(join(folder, "lock"))).toBe(false);
  }
});

test("what the system says becomes a code and names the path", async () => {
  const codes = ["ENOSPC", "EDQUOT", "EACCES", "EROFS", "EIO", "EMFILE"].map(
    (code) => diskError({ code }, "/p", "write").code,
  );
  expect(codes).toEqual([
    "disk_full",
    "disk_full",
    "folder_unwritable",
    "folder_unwritable",
    "disk_failed",
    "disk_failed",
  ]);
  const disk = createNodeDisk();
  await expect(disk.openAppend(join(root, "none", "file"))).rejects.toMatchObject({
    code: "disk_failed",
    message: expect.stringContaining(root),
  });
  await expect(disk.writeAtomic(join(root, "none", "file"), bytesOf("x"))).rejects.toMatchObject({
    code: "disk_failed",
  });
  if (process.getuid?.() === 0) return;
  const closed = join(root, "closed");
  await disk.makeFolder(closed);
  chmodSync(closed, 0o500);
  await expect(disk.lock(closed)).rejects.toMatchObject({ code: "folder_unwritable" });
});

test("a folder is made with those above it, once; a file in its way is named", async () => {
  const disk = createNodeDisk();
  const deep = join(root, "x", "y", "z");
  await disk.makeFolder(deep, 0o700);
  await disk.makeFolder(deep);
  expect(await disk.stat(deep)).toMatchObject({ isFolder: true });
  expect([join(root, "x"), deep].map((path) => statSync(path).mode & 0o777)).toEqual([0o700, 0o700]);
  await disk.writeAtomic(join(deep, "file"), bytesOf("x"));
  for (const path of [join(deep, "file"), join(deep, "file", "below", "it")]) {
    await expect(disk.makeFolder(path)).rejects.toMatchObject({ code: "folder_unwritable" });
  }
});

test.skipIf(!existsSync("/proc/self"))(
  "a place in which the system makes no folders is told, not waited for",
  async () => {
    await expect(createNodeDisk().makeFolder("/proc/bothy/a")).rejects.toMatchObject({ code: "disk_failed" });
  },
);

test("a crash of the disk in memory keeps what was synced, and the process before it hears nothing more", async () => {
  for (let seed = 0; seed < 30; seed++) {
    const disk = createMemoryDisk();
    await disk.makeFolder("/f");
    const file = await disk.openAppend("/f/a");
    await file.append(bytesOf("synced"));
    await file.sync();
    await disk.syncFolder("/f");
    await file.append(bytesOf("x".repeat(2_000)));
    await disk.writeAtomic("/f/b", bytesOf("whole"));
    const unnamed = await disk.openAppend("/f/c");
    await unnamed.append(bytesOf("c"));
    disk.crash(createSeededRandom(seed));
    expect([text(await disk.readAt("/f/a", 0, 6)), text(await disk.read("/f/b"))]).toEqual(["synced", "whole"]);
    let heard = false;
    void file.append(bytesOf("late")).then(() => (heard = true));
    const size = (await disk.stat("/f/a"))?.sizeBytes;
    for (let i = 0; i < 20; i++) await Promise.resolve();
    expect([heard, (await disk.stat("/f/a"))?.sizeBytes]).toEqual([false, size]);
  }
});

test("a disk tells how much room there is; the one in memory takes what fits and then says that it is full", async () => {
  const { freeBytes = 0, totalBytes = 0 } = (await createNodeDisk().space(root)) ?? {};
  expect(freeBytes).toBeGreaterThan(0);
  expect(totalBytes).toBeGreaterThanOrEqual(freeBytes);
  const disk = createMemoryDisk();
  expect(await disk.space("/f")).toBeUndefined();
  disk.capacityBytes = 10;
  const file = await disk.openAppend("/f/a");
  await file.append(bytesOf("1234567"));
  expect(await disk.space("/f")).toEqual({ freeBytes: 3, totalBytes: 10 });
  await expect(file.append(bytesOf("abcdef"))).rejects.toMatchObject({ code: "disk_full" });
  await expect(disk.writeAtomic("/f/b", bytesOf("x"))).rejects.toMatchObject({ code: "disk_full" });
  expect(text(await disk.read("/f/a"))).toBe("1234567abc");
});
