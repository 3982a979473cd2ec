import * as fc from "fast-check";
import { expect, test } from "vitest";
import { createManualClock, createMemoryDisk, createSeededRandom, type MemoryDisk } from "../base/index.ts";
import { CommitLog, type CommitLogOptions } from "./commit-log.ts";
import { recoverLog, verifyLog, type LogEnd, type LogPosition } from "./read-log.ts";
import { recordHeadBytes } from "./record.ts";
import { segmentHeadBytes } from "./segment.ts";

const folder = "/log";
const serverId = "ab".repeat(16);

interface OpenLog {
  readonly log: CommitLog;
  readonly durable: LogPosition[];
  readonly failures: unknown[];
}

async function createLog(disk: MemoryDisk, options: Partial<CommitLogOptions> = {}, end?: LogEnd): Promise<OpenLog> {
  const durable: LogPosition[] = [];
  const failures: unknown[] = [];
  const all: CommitLogOptions = {
    disk,
    clock: createManualClock(),
    folder,
    onDurable: (position) => void durable.push(position),
    onFailure: (error) => void failures.push(error),
    ...options,
  };
  return {
    log: end === undefined ? await CommitLog.create(all, serverId) : await CommitLog.open(all, end),
    durable,
    failures,
  };
}

async function recover(
  disk: MemoryDisk,
  from?: LogPosition,
): Promise<{ end: LogEnd | undefined; texts: string[]; warnings: string[] }> {
  const texts: string[] = [];
  const warnings: string[] = [];
  const ignore = (): void => undefined;
  const log = { debug: ignore, info: ignore, warn: (message: string) => void warnings.push(message), error: ignore };
  const onRecord = ({ text }: { text: string }): void => void texts.push(text);
  return {
    end: await recoverLog({ disk, log, folder, onRecord, ...(from === undefined ? {} : { from }) }),
    texts,
    warnings,
  };
}

/** Appends texts as groups, each synced before the next. */
async function appendGroups(log: CommitLog, groups: readonly (readonly string[])[], after = 0): Promise<void> {
  let version = after;
  for (const group of groups) {
    for (const text of group) log.append(++version, text);
    await log.flush();
  }
}

test("[ST1] what was appended is read back in order, with the hash that the log had", async () => {
  const disk = createMemoryDisk();
  const { log, durable } = await createLog(disk);
  await appendGroups(log, [["one", "zwei ß"], ["3"]]);
  await log.close();
  const { end, texts } = await recover(disk);
  expect(texts).toEqual(["one", "zwei ß", "3"]);
  expect(end).toEqual({ serverId, version: 3, hash: log.hash, segment: 1 });
  expect(durable.map(({ version }) => version)).toEqual([2, 3]);
});

test("[ST2] records that wait together share one write and one sync, and are told once it is done", async () => {
  const disk = createMemoryDisk();
  const operations: string[] = [];
  disk.before = ({ kind }) => void operations.push(kind);
  const { log, durable } = await createLog(disk);
  log.append(1, "a");
  log.append(2, "b");
  expect(durable).toEqual([]);
  await log.flush();
  expect([operations, durable.map(({ version }) => version)]).toEqual([["append", "sync", "sync_folder"], [2]]);
});

test("[ST3] a failed sync is final: nothing is tried again and nothing after it is taken", async () => {
  for (const failing of ["append", "sync"]) {
    const disk = createMemoryDisk();
    const { log, durable, failures } = await createLog(disk);
    await appendGroups(log, [["a"]]);
    let attempts = 0;
    disk.before = ({ kind }) => {
      if (kind !== failing) return;
      attempts++;
      throw new Error("EIO");
    };
    log.append(2, "b");
    await log.flush();
    expect([attempts, failures.length, durable.length]).toEqual([1, 1, 1]);
    expect(() => log.append(3, "c")).toThrow(expect.objectContaining({ code: "internal" }));
  }
});

test("[ST4] segments roll, are chained, and are read across their borders from any position", async () => {
  const disk = createMemoryDisk();
  const { log, durable } = await createLog(disk, { segmentSizeBytes: 200 });
  const texts = Array.from({ length: 20 }, (_, i) => `text ${i}`);
  await appendGroups(
    log,
    texts.map((text) => [text]),
  );
  await log.close();
  expect((await disk.list(folder)).length).toBeGreaterThan(3);
  for (const [i, position] of durable.entries()) {
    const { end, texts: read } = await recover(disk, position);
    expect(read).toEqual(texts.slice(i + 1));
    expect(end?.hash).toBe(log.hash);
  }
  const { end } = await recover(disk);
  const again = await createLog(disk, { segmentSizeBytes: 200 }, end);
  await appendGroups(again.log, [["after"]], 20);
  await again.log.close();
  expect((await recover(disk)).texts).toEqual([...texts, "after"]);
});

test("[ST5] an end that was cut short anywhere is cut off and said; what was synced before stays", async () => {
  const disk = createMemoryDisk();
  const { log } = await createLog(disk);
  await appendGroups(log, [["first"], ["second", "third"]]);
  const path = `${folder}/${(await disk.list(folder))[0]}`;
  const whole = (await disk.read(path)) ?? new Uint8Array();
  const firstEnd = segmentHeadBytes + recordHeadBytes + 5;
  for (let size = firstEnd; size < whole.length; size++) {
    await disk.writeAtomic(path, whole.slice(0, size));
    const { texts, warnings, end } = await recover(disk);
    expect(texts).toEqual(size < firstEnd + recordHeadBytes + 6 ? ["first"] : ["first", "second"]);
    expect(warnings.length).toBe(size === firstEnd || size === firstEnd + recordHeadBytes + 6 ? 0 : 1);
    const again = await createLog(disk, {}, end);
    await appendGroups(again.log, [["next"]], texts.length);
    expect((await recover(disk)).texts).toEqual([...texts, "next"]);
  }
});

test("[ST5] a group of which the disk kept only the end is cut off too: its sync had not returned", async () => {
  const disk = createMemoryDisk();
  const { log } = await createLog(disk);
  await appendGroups(log, [["first"], ["second", "third"]]);
  const path = `${folder}/${(await disk.list(folder))[0]}`;
  disk.flip(path, segmentHeadBytes + 2 * recordHeadBytes + 5 + 2);
  const { texts, warnings } = await recover(disk);
  expect([texts, warnings.length]).toEqual([["first"], 1]);
});

test("[ST6] a flipped byte before the last group stops the start and names file and offset", async () => {
  const disk = createMemoryDisk();
  const { log } = await createLog(disk, { segmentSizeBytes: 150 });
  await appendGroups(log, [["first"], ["second"], ["third"], ["fourth"]]);
  const names = await disk.list(folder);
  expect(names.length).toBeGreaterThan(1);
  for (const name of names.slice(0, -1)) {
    const path = `${folder}/${name}`;
    const content = (await disk.read(path)) ?? new Uint8Array();
    for (let at = 0; at < content.length; at++) {
      disk.flip(path, at);
      await expect(recover(disk)).rejects.toMatchObject({
        code: "folder_damaged",
        message: expect.stringContaining(path),
      });
      disk.flip(path, at);
    }
  }
  expect((await recover(disk)).texts).toHaveLength(4);
});

test("[ST6] a missing segment, a foreign one and a log that ends before a known position are damage", async () => {
  const disk = createMemoryDisk();
  const { log, durable } = await createLog(disk, { segmentSizeBytes: 100 });
  await appendGroups(log, [["first"], ["second"], ["third"]]);
  const names = await disk.list(folder);
  const contents = await Promise.all(names.map((name) => disk.read(`${folder}/${name}`)));
  const restore = (): Promise<unknown> =>
    Promise.all(names.map((name, i) => disk.writeAtomic(`${folder}/${name}`, contents[i] ?? new Uint8Array())));
  const damaged = expect.objectContaining({ code: "folder_damaged" });
  for (const name of names.slice(0, -1)) {
    await disk.remove(`${folder}/${name}`);
    await expect(recover(disk)).rejects.toEqual(damaged);
    await restore();
  }
  const last = durable.at(-1);
  expect(last).toBeDefined();
  await disk.remove(`${folder}/${names.at(-1)}`);
  await expect(recover(disk, last)).rejects.toEqual(damaged);
  await disk.remove(folder);
  await expect(recover(disk, last)).rejects.toEqual(damaged);
});

test("[ST6] full verification changes nothing and finds what a start from a position does not read", async () => {
  const disk = createMemoryDisk();
  const { log, durable } = await createLog(disk);
  await appendGroups(log, [["first"], ["second"], ["third"]]);
  const path = `${folder}/${(await disk.list(folder))[0]}`;
  const ignore = (): void => undefined;
  const verify = (): Promise<unknown> =>
    verifyLog({ disk, folder, log: { debug: ignore, info: ignore, warn: ignore, error: ignore }, onRecord: ignore });
  expect(await verify()).toMatchObject({ version: 3 });
  disk.flip(path, segmentHeadBytes + recordHeadBytes + 1);
  expect((await recover(disk, durable[1])).texts).toEqual(["third"]);
  const before = await disk.read(path);
  await expect(verify()).rejects.toMatchObject({ code: "folder_damaged" });
  expect(await disk.read(path)).toEqual(before);
});

test("[ST5] after a crash at any operation exactly a prefix is there that contains all that was durable", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.integer({ min: 1, max: 40 }),
      fc.array(fc.array(fc.string(), { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 12, size: "max" }),
      async (seed, crashAt, groups) => {
        const disk = createMemoryDisk();
        const random = createSeededRandom(seed);
        let operations = 0;
        let crashed: () => void = () => undefined;
        const crash = new Promise<void>((resolve) => (crashed = resolve));
        disk.before = () => {
          if (++operations !== crashAt) return;
          disk.crash(random);
          crashed();
        };
        const { log, durable } = await createLog(disk, { segmentSizeBytes: 300 });
        await Promise.race([crash, appendGroups(log, groups)]);
        const acknowledged = durable.at(-1)?.version ?? 0;
        disk.before = () => undefined;
        const written = groups.flat();
        const { texts, end } = await recover(disk, durable.at(-1));
        const kept = acknowledged + texts.length;
        expect(texts).toEqual(written.slice(acknowledged, kept));
        const again = await createLog(disk, { segmentSizeBytes: 300 }, end);
        await appendGroups(again.log, [["after"]], kept);
        expect((await recover(disk)).texts).toEqual([...written.slice(0, kept), "after"]);
      },
    ),
    { numRuns: 300 },
  );
});

test("[ST10] a reading of the whole log tells of an end that a stop left, changes nothing, and can end at a version", async () => {
  const disk = createMemoryDisk();
  const { log, durable } = await createLog(disk, { segmentSizeBytes: 120 });
  await appendGroups(log, [["first"], ["second"], ["third"]]);
  const path = `${folder}/${(await disk.list(folder)).at(-1)}`;
  const file = await disk.openAppend(path);
  await file.append(new Uint8Array([1, 2, 3]));
  const whole = await disk.read(path);
  const ignore = (): void => undefined;
  const texts: string[] = [];
  const options = {
    disk,
    folder,
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    onRecord: ({ text }: { text: string }) => void texts.push(text),
  };
  await expect(verifyLog(options)).rejects.toMatchObject({ code: "folder_damaged" });
  const ends: number[] = [];
  expect(await verifyLog({ ...options, onTornEnd: ({ cutBytes }) => ends.push(cutBytes) })).toMatchObject({
    version: 3,
  });
  expect([ends, await disk.read(path)]).toEqual([[3], whole]);
  for (const [i, position] of durable.entries()) {
    texts.length = 0;
    expect(await verifyLog({ ...options, until: position })).toMatchObject({ version: i + 1 });
    expect(texts).toEqual(["first", "second", "third"].slice(0, i + 1));
  }
  const other = { ...(durable[1] ?? { version: 2, segment: 1, offset: 0 }), hash: "0".repeat(32) };
  await expect(verifyLog({ ...options, until: other })).rejects.toMatchObject({ code: "folder_damaged" });
});

test("[ST9] what a failed sync left unwritten is on the disk after the next start, and a killed process's end too", async () => {
  for (const isKilled of [true, false]) {
    for (let seed = 0; seed < 20; seed++) {
      const disk = createMemoryDisk();
      const { log } = await createLog(disk);
      await appendGroups(log, [["first"]]);
      disk.before = ({ kind }) => {
        if (kind !== "sync") return;
        disk.before = () => undefined;
        if (isKilled) disk.kill();
        else throw new Error("EIO");
      };
      log.append(2, "second");
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      disk.kill();
      const { texts } = await recover(disk);
      expect(texts).toEqual(["first", "second"]);
      disk.crash(createSeededRandom(seed));
      expect((await recover(disk)).texts).toEqual(texts);
    }
  }
});
