import { defineSchema, defineTable, v } from "bothy/internal";
import * as fc from "fast-check";
import { mkdtempSync, rmSync, statSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createNodeDisk, createSeededRandom, createSystemClock } from "../base/index.ts";
import type { Engine } from "./engine.ts";
import type { EngineWorld } from "./engine-options.ts";
import {
  commit,
  contentOf,
  deleteDocument,
  newId,
  openTestEngine,
  putDocument,
  rangeOf,
  testWorld,
} from "./test-engine.ts";

const root = mkdtempSync(join(tmpdir(), "bothy-engine-"));
let folderCount = 0;
const newFolder = (): string => join(root, String(++folderCount));
afterAll(() => rmSync(root, { recursive: true }));

function realWorld(): EngineWorld & { readonly warnings: string[] } {
  const { warnings, log, random, die } = testWorld();
  return { clock: createSystemClock(), random, disk: createNodeDisk(), log, die, warnings };
}

function openReal(world: EngineWorld, folder: string): Promise<Engine> {
  return openTestEngine(world, { folder, store: "lmdb" });
}

async function fill(engine: Engine, count: number): Promise<void> {
  for (let i = 0; i < count; i++)
    commit(engine, putDocument(engine, "notes", { _id: newId("notes"), room: `r${i % 3}`, rank: i, body: "ß" }));
  await engine.whenDurable(engine.version);
}

test("[EN6] what was committed before a close is there after it, on either store", async () => {
  const memory = testWorld();
  const real = realWorld();
  const folder = newFolder();
  for (const open of [() => openTestEngine(memory), () => openReal(real, folder)]) {
    const engine = await open();
    await fill(engine, 20);
    engine.commit({
      snapshot: engine.version,
      reads: [],
      writes: [],
      records: [
        { key: ["a", 1], text: "line\nline" },
        { key: ["b"], text: "x" },
      ],
    });
    engine.commit({ snapshot: engine.version, reads: [], writes: [], records: [{ key: ["b"], text: null }] });
    const content = contentOf(engine);
    const { serverId, epoch, secret, version } = engine;
    const hashes = Array.from({ length: version + 2 }, (_, i) => engine.logHash(i));
    await engine.close();
    const again = await open();
    expect(contentOf(again)).toEqual(content);
    expect([again.serverId, again.epoch, again.secret, again.version, again.durableVersion]).toEqual([
      serverId,
      epoch,
      secret,
      version,
      version,
    ]);
    expect(Array.from({ length: version + 2 }, (_, i) => again.logHash(i))).toEqual(hashes);
    expect([again.readRecord(["a", 1]), again.readRecord(["b"]), again.logHash(version + 1)]).toEqual([
      "line\nline",
      undefined,
      undefined,
    ]);
    await again.close();
  }
});

test("[EN6] a new epoch is durable and everything else stays", async () => {
  const world = testWorld();
  const engine = await openTestEngine(world);
  const { epoch, serverId } = engine;
  await engine.openEpoch();
  expect(engine.epoch).not.toBe(epoch);
  const opened = engine.epoch;
  world.disk.crash(createSeededRandom(1));
  const again = await openTestEngine(testWorld(world.disk));
  expect([again.epoch, again.serverId]).toEqual([opened, serverId]);
  await again.close();
});

test("[EN6] files are for their user alone, and a second engine on the folder is refused with the holder's process", async () => {
  const folder = newFolder();
  const engine = await openReal(realWorld(), folder);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  for (const file of ["store/data.mdb", "store/lock.mdb", "lock", "log/0000000000000001.log"])
    expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
  await expect(openReal(realWorld(), folder)).rejects.toMatchObject({
    code: "folder_locked",
    message: expect.stringContaining(String(process.pid)),
  });
  await engine.close();
  await (await openReal(realWorld(), folder)).close();
});

test("[EN10] a store that is missing or no longer readable is rebuilt from the log, and that is said", async () => {
  const folder = newFolder();
  const world = realWorld();
  const engine = await openReal(world, folder);
  await fill(engine, 50);
  engine.keepBook({ table: "notes", index: "by_room", equalities: 1 });
  const content = contentOf(engine);
  await engine.close();
  rmSync(join(folder, "store"), { recursive: true });
  const second = await openReal(world, folder);
  expect(contentOf(second)).toEqual(content);
  await second.close();
  writeFileSync(join(folder, "store/data.mdb"), Buffer.alloc(50_000, 3));
  const third = await openReal(world, folder);
  expect([contentOf(third), world.warnings.length]).toEqual([content, 1]);
  await third.close();
});

test("[EN10] a store that is ahead of the log stops the start: acknowledged commits are missing", async () => {
  const folder = newFolder();
  const world = realWorld();
  const engine = await openReal(world, folder);
  await fill(engine, 5);
  await engine.close();
  const log = join(folder, "log/0000000000000001.log");
  const whole = readFileSync(log);
  writeFileSync(log, whole.subarray(0, whole.length - 10));
  await expect(openReal(world, folder)).rejects.toMatchObject({
    code: "folder_damaged",
    message: expect.stringContaining(log),
  });
  rmSync(join(folder, "log"), { recursive: true });
  await expect(openReal(world, folder)).rejects.toMatchObject({ code: "folder_damaged" });
});

test("[EN6] after a crash at any operation, what was told durable is there, in order and whole", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(),
      fc.integer({ min: 0, max: 60 }),
      fc.array(fc.nat(5), { minLength: 1, maxLength: 30, size: "max" }),
      async (seed, crashAt, pauses) => {
        const world = testWorld();
        const random = createSeededRandom(seed);
        let operations = 0;
        let crashed: () => void = () => undefined;
        const crash = new Promise<"crashed">((resolve) => (crashed = () => resolve("crashed")));
        world.disk.before = () => {
          if (operations++ !== crashAt) return;
          world.disk.crash(random);
          crashed();
        };
        const committed: { version: number; content: Record<string, string> }[] = [];
        let told = 0;
        const work = async (): Promise<void> => {
          const engine = await openTestEngine(world, { segmentSizeBytes: 2_000 });
          engine.onDurable((commits) => void (told = commits.at(-1)?.version ?? told));
          for (const pause of pauses) {
            const version = commit(
              engine,
              putDocument(engine, "notes", { _id: newId("notes"), room: "a", rank: pause, body: "x" }),
            );
            committed.push({ version, content: contentOf(engine) });
            if (pause === 0) await engine.whenDurable(version);
            else for (let i = 0; i < pause; i++) await Promise.resolve();
          }
          await engine.whenDurable(engine.version);
        };
        await Promise.race([crash, work()]);
        const reached = told;
        world.disk.before = () => undefined;
        // Also where the work came to its end: the process is gone without closing anything.
        world.disk.crash(random);
        const again = await openTestEngine(testWorld(world.disk), { segmentSizeBytes: 2_000 });
        expect(again.version).toBeGreaterThanOrEqual(reached);
        const expected = committed.find(({ version }) => version === again.version)?.content ?? {};
        expect(contentOf(again)).toEqual(expected);
        await fill(again, 2);
        await again.close();
      },
    ),
    { numRuns: 200 },
  );
});

test("[EN12] an index whose building was broken off is built anew, without what is no more", async () => {
  const folder = newFolder();
  const world = realWorld();
  const engine = await openReal(world, folder);
  await fill(engine, 3);
  await engine.close();
  const note = { room: v.string(), rank: v.number(), body: v.string() };
  const wanted = defineSchema({
    notes: defineTable(note).index("by_room", ["room", "rank"]).index("by_rank", ["rank"]),
    people: defineTable({ name: v.string() }).index("by_name", ["name"]),
  });
  const breakOff = (text: string): void => {
    if (text.startsWith("Building")) throw new Error("the process ends here");
  };
  await expect(openTestEngine(world, { folder, store: "lmdb", schema: wanted, onProgress: breakOff })).rejects.toThrow(
    "ends here",
  );
  const old = await openReal(world, folder);
  const [first] = old.read(rangeOf(old, { table: "notes", index: "by_id", prefix: [] }), "asc", 1).documents;
  commit(old, deleteDocument(old, "notes", first?.id ?? ""));
  await old.close();
  const again = await openTestEngine(world, { folder, store: "lmdb", schema: wanted });
  expect(again.read(rangeOf(again, { table: "notes", index: "by_rank", prefix: [] }), "asc", 9).documents).toHaveLength(
    2,
  );
  await again.close();
});

test("[BK10] the first start of a restored folder opens a new epoch, and later ones keep it", async () => {
  const world = testWorld();
  const first = await openTestEngine(world);
  await fill(first, 3);
  const before = first.epoch;
  await first.close();
  await world.disk.writeAtomic("/folder/restored", new Uint8Array());
  const restored = await openTestEngine(world);
  const { epoch, durableVersion, version } = restored;
  expect([epoch === before, durableVersion]).toEqual([false, version]);
  await restored.close();
  const later = await openTestEngine(world);
  expect([later.epoch, later.version]).toEqual([epoch, version]);
  await later.close();
});
