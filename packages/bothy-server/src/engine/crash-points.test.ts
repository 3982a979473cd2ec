import { expect, test } from "vitest";
import { createManualClock, createSeededRandom, type ManualClock } from "../base/index.ts";
import type { Engine } from "./engine.ts";
import { contentOfStore, createMachine, faults, openOn, type Fault, type Machine } from "./test-crash.ts";
import { contentOf, deleteDocument, newId, openTestEngine, putDocument, rangeOf } from "./test-engine.ts";

/** What an engine holds, by version; a state that was seen once is what a recovered engine must show. */
type States = Map<number, string>;

const accounts = Array.from({ length: 4 }, () => newId("notes"));
const total = 400;

function stateOf(engine: Engine): string {
  const hashes = Array.from({ length: engine.version }, (_, i) => engine.logHash(i + 1));
  return JSON.stringify([contentOf(engine), engine.readRecord(["transfers"]), engine.epoch, engine.secret, hashes]);
}

/** Writes of every kind that the log knows; each transfer writes two documents, a third and a record, or nothing. */
async function work(engine: Engine, states: States, clock: ManualClock): Promise<void> {
  const take = (): void => void states.set(engine.version, stateOf(engine));
  take();
  const put = (id: string, rank: number, room: string): ReturnType<typeof putDocument> =>
    putDocument(engine, "notes", { _id: id, room, rank, body: "x".repeat(40) });
  if (engine.readRecord(["transfers"]) === undefined) {
    engine.commit({ snapshot: engine.version, reads: [], writes: accounts.map((id) => put(id, 100, "a")) });
    take();
    engine.keepBook({ table: "notes", index: "by_room", equalities: 1 });
    take();
  }
  for (let at = 0; at < 12; at++) {
    const from = accounts[at % 4] ?? "";
    const to = accounts[(at + 1) % 4] ?? "";
    const a = rankOf(engine, from) ?? 0;
    const b = rankOf(engine, to) ?? 0;
    engine.commit({
      snapshot: engine.version,
      reads: [],
      writes: [
        put(from, a - 7, `r${at % 2}`),
        put(to, b + 7, "a"),
        putDocument(engine, "people", { _id: newId("people"), name: `p${at}` }),
      ],
      records: [{ key: ["transfers"], text: String(Number(engine.readRecord(["transfers"]) ?? "0") + 1) }],
    });
    take();
    if (at % 3 !== 0) await engine.whenDurable(engine.version);
    // The store applies behind the log, once its time has come.
    if (at % 2 === 0) clock.advance(1_000);
  }
  const id = newId("people");
  engine.commit({
    snapshot: engine.version,
    reads: [],
    writes: [putDocument(engine, "people", { _id: id, name: "q" })],
  });
  take();
  engine.commit({ snapshot: engine.version, reads: [], writes: [deleteDocument(engine, "people", id)] });
  take();
  const opened = engine.openEpoch();
  take();
  await opened;
}

function rankOf(engine: Engine, id: string): number | undefined {
  const range = rangeOf(engine, { table: "notes", index: "by_id", prefix: [id] });
  const [document] = engine.read(range, "asc", 1).documents;
  return document === undefined ? undefined : (JSON.parse(document.text) as { rank: number }).rank;
}

function sumOf(engine: Engine): number {
  return accounts.reduce((sum, id) => sum + (rankOf(engine, id) ?? 0), 0);
}

/** Runs one life with a fault at an operation of it; returns the highest version told durable. */
async function runLife(machine: Machine, states: States): Promise<number> {
  let told = 0;
  const living = async (): Promise<void> => {
    const world = machine.world();
    const clock: ManualClock = createManualClock();
    const engine = await openTestEngine({ ...world, clock }, { store: machine.store, segmentSizeBytes: 2_000 });
    told = engine.durableVersion;
    engine.onDurable((commits) => (told = commits.at(-1)?.version ?? 0));
    await work(engine, states, clock);
    await engine.close();
  };
  const lives = machine.lifeCount;
  const { ended } = machine;
  const lived = living().catch((error: unknown) => {
    // What an ended process still throws is heard by nobody.
    if (machine.lifeCount === lives) throw error;
  });
  await Promise.race([ended, lived]);
  return told;
}

/** Opens what is there and holds it against what was told and seen. */
async function checkRecovered(machine: Machine, states: States, told: number): Promise<number> {
  const engine = await openOn(machine);
  expect(engine.version).toBeGreaterThanOrEqual(told);
  const seen = states.get(engine.version);
  // Only what makes a new deployment is never seen by anybody before it is durable.
  if (seen !== undefined) expect(stateOf(engine)).toBe(seen);
  else expect(contentOf(engine)).toEqual({});
  expect([0, total]).toContain(sumOf(engine));
  const { version } = engine;
  states.set(version, stateOf(engine));
  return version;
}

async function operationsOfALife(): Promise<number> {
  const machine = createMachine();
  await runLife(machine, new Map());
  return machine.operationCount;
}

test.each(faults)(
  "[P2] [P3] [ST9] [EN30] after a fault at any operation of disk or store (%s) what was told is there, each commit whole, also when the power goes right after the next start",
  async (fault: Fault) => {
    const operations = await operationsOfALife();
    expect(operations).toBeGreaterThan(25);
    for (let at = 1; at <= operations; at++) {
      for (let seed = 0; seed < (fault.startsWith("power") ? 2 : 1); seed++) {
        const machine = createMachine();
        const states: States = new Map();
        const random = createSeededRandom(seed * 1_000 + at);
        machine.failAt(at, fault, random);
        const told = await runLife(machine, states);
        const shown = await checkRecovered(machine, states, told);
        // Nothing was written since: what a start has shown as durable is on the disk.
        machine.cutPower(random);
        await checkRecovered(machine, states, shown);
        machine.cutPower(random);
        const again = await runLife(machine, states);
        machine.cutPower(random);
        await checkRecovered(machine, states, again);
      }
    }
  },
  120_000,
);

test("[P2] [EN31] the store that lives through stops holds exactly what the log comes to when it is read from the start", async () => {
  const operations = await operationsOfALife();
  for (let at = 1; at <= operations; at++) {
    const machine = createMachine();
    const random = createSeededRandom(at);
    machine.failAt(at, at % 2 === 0 ? "kill after" : "power before", random);
    await runLife(machine, new Map());
    await runLife(machine, new Map());
    const rebuilt = createMachine(machine.disk);
    await (await openOn(rebuilt)).close();
    const withoutPlace = (entries: ReturnType<typeof contentOfStore>): unknown =>
      entries.filter(([key]) => key !== "mposition");
    expect(withoutPlace(contentOfStore(machine.store))).toEqual(withoutPlace(contentOfStore(rebuilt.store)));
  }
});

test("[P3] [ST3] a failed sync ends the process at once, and nothing of its group is told", async () => {
  const machine = createMachine();
  const engine = await openOn(machine);
  const told: number[] = [];
  engine.onDurable((commits) => told.push(...commits.map(({ version }) => version)));
  machine.failAt(2, "error", createSeededRandom(1));
  engine.commit({ snapshot: engine.version, reads: [], writes: [], records: [{ key: ["a"], text: "1" }] });
  const refused = engine.whenDurable(engine.version);
  await expect(refused).rejects.toThrow("EIO");
  expect([machine.deaths.length, told]).toEqual([1, []]);
  expect(() =>
    engine.commit({ snapshot: engine.version, reads: [], writes: [], records: [{ key: ["a"], text: "2" }] }),
  ).toThrow(expect.objectContaining({ code: "internal" }));
});
