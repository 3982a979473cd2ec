import { expect, test } from "vitest";
import { createMemoryDisk, createSeededRandom, type MemoryDisk } from "../base/index.ts";
import type { Engine } from "./engine.ts";
import { commit, contentOf, newId, openTestEngine, putDocument, testWorld } from "./test-engine.ts";

const capacityBytes = 200_000;

function put(engine: Engine, body: string): number {
  return commit(engine, putDocument(engine, "notes", { _id: newId("notes"), room: "a", rank: 1, body }));
}

/** Takes all the room of a disk but some. */
async function fillUpTo(disk: MemoryDisk, freeBytes: number): Promise<void> {
  const space = await disk.space("/folder");
  await disk.writeAtomic("/ballast", new Uint8Array((space?.freeBytes ?? 0) - freeBytes));
}

/** Lets what was begun come to its end. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
}

test("[EN32] a disk that gets full refuses new commits with disk_full, goes on reading, and takes commits again once there is room", async () => {
  const disk = createMemoryDisk();
  disk.capacityBytes = capacityBytes;
  const world = testWorld(disk);
  const engine = await openTestEngine(world);
  put(engine, "before");
  await engine.whenDurable(engine.version);
  await fillUpTo(disk, capacityBytes / 30);
  world.clock.advance(1_000);
  // The first one after it is taken, and has the disk looked at.
  put(engine, "last");
  await settle();
  expect(engine.isOverloaded).toBe(true);
  const content = contentOf(engine);
  const { version } = engine;
  expect(() => put(engine, "refused")).toThrow(
    expect.objectContaining({ code: "disk_full", message: expect.stringContaining("/folder") }),
  );
  expect([engine.version, contentOf(engine)]).toEqual([version, content]);
  await engine.whenDurable(version);
  expect(world.deaths).toEqual([]);
  // Hardly more than before is no room yet.
  await disk.writeAtomic("/ballast", new Uint8Array(0));
  await fillUpTo(disk, capacityBytes / 18);
  world.clock.advance(1_000);
  await settle();
  expect(engine.isOverloaded).toBe(true);
  await disk.remove("/ballast");
  world.clock.advance(1_000);
  await settle();
  expect(engine.isOverloaded).toBe(false);
  put(engine, "after");
  await engine.whenDurable(engine.version);
  await engine.close();
});

test("[EN32] much that is written has the disk looked at before the second is over", async () => {
  const disk = createMemoryDisk();
  disk.capacityBytes = capacityBytes;
  const engine = await openTestEngine(testWorld(disk));
  let taken = 0;
  await expect(
    (async () => {
      for (; taken < 200; taken++) {
        put(engine, "x".repeat(2_000));
        await settle();
      }
    })(),
  ).rejects.toMatchObject({ code: "disk_full" });
  expect(taken).toBeGreaterThan(50);
  await engine.whenDurable(engine.version);
  await engine.close();
});

test("[P3] [EN32] a disk that is full without warning ends the process; a start says so while it stays full, and has everything once there is room", async () => {
  const disk = createMemoryDisk();
  disk.capacityBytes = capacityBytes;
  const world = testWorld(disk);
  const engine = await openTestEngine(world);
  const told: number[] = [];
  engine.onDurable((commits) => told.push(...commits.map(({ version }) => version)));
  put(engine, "acknowledged");
  await engine.whenDurable(engine.version);
  await fillUpTo(disk, 100);
  put(engine, "x".repeat(1_000));
  await expect(engine.whenDurable(engine.version)).rejects.toMatchObject({ code: "disk_full" });
  expect([world.deaths.length, told]).toEqual([1, [2]]);
  disk.crash(createSeededRandom(1));
  const full = await openTestEngine(testWorld(disk));
  expect([full.version, full.isOverloaded]).toEqual([2, true]);
  expect(() => put(full, "refused")).toThrow(expect.objectContaining({ code: "disk_full" }));
  disk.kill();
  await disk.remove("/ballast");
  const again = await openTestEngine(testWorld(disk));
  expect(again.version).toBe(2);
  put(again, "after");
  await again.whenDurable(again.version);
  await again.close();
});
