import fc from "fast-check";
import { expect, test } from "vitest";
import {
  bucketOfRow,
  printOfRow,
  printsText,
  rangeNumber,
  rangeSpecToJson,
  rangeTag,
  readPrints,
} from "bothy/internal";
import type { Poke, RangeSpec, Repair } from "bothy/internal";
import { DeviceModel } from "../testing/index.ts";
import type { ModelRow } from "../testing/index.ts";
import { connectDevice, openTestDeployment, settle, testSchema, until } from "./test-deployment.ts";
import type { Incoming, TestClient, TestDeployment } from "./test-deployment.ts";
import { noteFunctions, roomOf } from "./test-notes.ts";
import { connectAuthor, Reader, wayOf } from "./test-reader.ts";

const newReader = (): Reader<DeviceModel> => new Reader(new DeviceModel(testSchema));

const numberOf = (spec: RangeSpec): number => rangeNumber(rangeTag(rangeSpecToJson(spec)));

const scopeOf = (...specs: readonly RangeSpec[]): typeof noteFunctions => ({
  ...noteFunctions,
  lobby: { kind: "scope", run: () => specs },
  rooms: { kind: "scope", run: () => [] },
});

const checksOf = (client: TestClient | undefined) =>
  (client?.messages ?? []).flatMap((message) => (message.type === "check" ? [message] : []));

async function putMany(deployment: TestDeployment, room: string, count: number): Promise<void> {
  const { client } = await connectDevice(deployment);
  const mutations = Array.from({ length: count }, (_, at) => ({
    n: at + 1,
    nonce: (at + 1).toString(16).padStart(32, "0"),
    name: "put",
    version: "1",
    args: { room, rank: at, body: `${room} ${at}` },
    time: 1_000 + at,
  }));
  for (let from = 0; from < count; from += 500) {
    client.send({ type: "push", mutations: mutations.slice(from, from + 500) });
    await until(() => client.outcomes.length >= Math.min(count, from + 500));
  }
  client.disconnect();
  await settle();
}

test("[SY35] nothing has changed in 200 ranges: one round trip, at most 16 KB, no row read, and what is held is proved", async () => {
  const rooms = Array.from({ length: 200 }, (_, at) => roomOf(`room ${at}`));
  const deployment = await openTestDeployment(scopeOf(...rooms));
  const write = await connectAuthor(deployment);
  for (let at = 0; at < 200; at++) await write("put", { room: `room ${at}`, rank: at, body: "x".repeat(300) });
  const reader = newReader();
  await reader.connect(deployment);
  await reader.seal(deployment);
  reader.client?.disconnect();
  const readsBefore = deployment.engine.figures.snapshotReads;
  const client = await reader.connect(deployment);
  expect(client.messages.map(({ type }) => type)).toEqual(["welcome", "poke", "cursor", "check"]);
  const received = client.raw.reduce((sum, text) => sum + text.length, 0);
  const hello = JSON.stringify({ ...reader.model.connect(), token: reader.device.token }).length + 400;
  expect(received + hello).toBeLessThan(16_384);
  // What the answer itself says of 200 ranges is a few bytes.
  const poke = client.messages.findIndex(({ type }) => type === "poke");
  expect(client.raw[poke]?.length).toBeLessThan(100);
  expect(deployment.engine.figures.snapshotReads - readsBefore).toBe(0);
  expect([reader.model.rows.size, reader.model.problems]).toEqual([200, []]);
  // One that has changed is read, and no other.
  client.disconnect();
  await write("put", { room: "room 7", rank: 9, body: "new" });
  await reader.connect(deployment);
  expect(deployment.engine.figures.snapshotReads - readsBefore).toBe(1);
  expect([reader.model.rows.size, reader.model.problems]).toEqual([201, []]);
  await deployment.close();
});

test("[SY35] a window whose range has not changed since its last subscriber left is not read, nor one with bounds", async () => {
  const bounded: RangeSpec = { ...roomOf("den"), upper: { value: 2, isInclusive: true } };
  const deployment = await openTestDeployment(scopeOf({ ...roomOf("lobby"), newest: 3 }, bounded));
  await putMany(deployment, "lobby", 9);
  await putMany(deployment, "den", 3);
  const reader = newReader();
  await reader.connect(deployment);
  await reader.seal(deployment);
  reader.client?.disconnect();
  const before = reader.bodies;
  for (let round = 0; round < 2; round++) {
    const readsBefore = deployment.engine.figures.snapshotReads;
    await reader.connect(deployment);
    expect(deployment.engine.figures.snapshotReads - readsBefore).toBe(0);
    expect([reader.bodies, reader.model.problems]).toEqual([before, []]);
    reader.client?.disconnect();
  }
  await putMany(deployment, "lobby", 1);
  const readsBefore = deployment.engine.figures.snapshotReads;
  await reader.connect(deployment);
  expect(deployment.engine.figures.snapshotReads - readsBefore).toBeGreaterThan(0);
  expect(reader.model.problems).toEqual([]);
  await deployment.close();
});

test("[SY35] ranges that a cursor lists and that are no longer granted are named by their places", async () => {
  let specs = [roomOf("a"), roomOf("b"), roomOf("c")];
  const deployment = await openTestDeployment({ ...scopeOf(), lobby: { kind: "scope", run: () => specs } });
  const write = await connectAuthor(deployment);
  for (const room of ["a", "b", "c", "d"]) await write("put", { room, rank: 1, body: room });
  const reader = newReader();
  await reader.connect(deployment);
  await reader.seal(deployment);
  reader.client?.disconnect();
  specs = [roomOf("a"), roomOf("c"), roomOf("d")];
  deployment.pool.reload({ ...scopeOf(), lobby: { kind: "scope", run: () => specs } });
  const client = await reader.connect(deployment);
  expect(wayOf(client.pokes[0])).toBe("kept without 1, 1 whole");
  expect([reader.bodies, reader.model.problems]).toEqual([["a", "c", "d"], []]);
  await deployment.close();
});

test("[SY36] what a device holds is told after its first poke and every five minutes, windows and ranges with bounds too", async () => {
  const bounded: RangeSpec = { ...roomOf("den"), lower: { value: 2, isInclusive: true } };
  const specs = [roomOf("lobby"), { ...roomOf("attic"), newest: 2 }, bounded];
  const deployment = await openTestDeployment(scopeOf(...specs));
  const write = await connectAuthor(deployment);
  const ids: string[] = [];
  for (const room of ["lobby", "attic", "den"])
    for (let rank = 0; rank < 4; rank++) ids.push(await write("put", { room, rank, body: `${room} ${rank}` }));
  const reader = newReader();
  await reader.connect(deployment);
  expect(checksOf(reader.client)).toHaveLength(1);
  const readsBefore = deployment.engine.figures.snapshotReads;
  for (let round = 0; round < 9; round++) {
    await write("put", { room: ["lobby", "attic", "den"][round % 3] ?? "", rank: 5 + round, body: `more ${round}` });
    await write("move", { id: ids[round] ?? "", room: "den", rank: round });
    await write("remove", { id: ids[11 - round] ?? "" });
    deployment.clock.advance(45_000);
    await settle();
    reader.client?.send({ type: "pong" });
  }
  deployment.clock.advance(1_000);
  await settle();
  reader.read();
  expect(checksOf(reader.client)).toHaveLength(2);
  reader.client?.send({ type: "verify", ranges: specs.map(numberOf) });
  reader.client?.send({ type: "verify" });
  await settle();
  reader.read();
  expect(
    checksOf(reader.client)
      .at(-2)
      ?.ranges?.map(([number]) => number)
      .toSorted((a, b) => a - b),
  ).toEqual(specs.map(numberOf).toSorted((a, b) => a - b));
  expect(reader.model.problems).toEqual([]);
  // Windows read what they let in when they move; nothing is read to verify them.
  expect(deployment.engine.figures.snapshotReads - readsBefore).toBeLessThan(16);
  await deployment.close();
});

test("[SY41] a window that has changed is told with the prints of what is still there, and no id that the device does not have", async () => {
  const deployment = await openTestDeployment(scopeOf({ ...roomOf("lobby"), newest: 3 }));
  const write = await connectAuthor(deployment);
  const ids: string[] = [];
  for (let rank = 0; rank < 8; rank++) ids.push(await write("put", { room: "lobby", rank, body: `note ${rank}` }));
  const reader = newReader();
  await reader.connect(deployment);
  await reader.seal(deployment);
  reader.client?.disconnect();
  await write("remove", { id: ids[1] ?? "" });
  await write("remove", { id: ids[6] ?? "" });
  await write("move", { id: ids[5] ?? "", room: "lobby", rank: 0.5 });
  await write("put", { room: "lobby", rank: 9, body: "note 9" });
  const client = await reader.connect(deployment);
  expect(wayOf(client.pokes[0])).toBe("kept");
  expect(reader.bodies).toEqual(["note 3", "note 4", "note 7", "note 9"]);
  expect(client.pokes[0]?.chunks.flatMap(([, rows]) => rows)).toHaveLength(2);
  const text = JSON.stringify(client.messages);
  for (const at of [0, 1, 2, 4, 5, 6]) expect(text).not.toContain(ids[at]);
  expect(reader.model.problems).toEqual([]);
  await deployment.close();
});

test("[SY39] [SY41] beyond the horizon the rows are looked at: what changed is sent, and what has left is found by prints or by comparing", async () => {
  for (const stillRowsMax of [4_096, 3]) {
    const deployment = await openTestDeployment(scopeOf(roomOf("lobby")), {
      horizonMs: 32_000,
      limits: { stillRowsMax },
    });
    const write = await connectAuthor(deployment);
    const ids: string[] = [];
    for (let rank = 0; rank < 10; rank++) ids.push(await write("put", { room: "lobby", rank, body: `note ${rank}` }));
    const reader = newReader();
    await reader.connect(deployment);
    await reader.seal(deployment);
    reader.client?.disconnect();
    await write("remove", { id: ids[3] ?? "" });
    await write("move", { id: ids[5] ?? "", room: "lobby", rank: 50 });
    for (let i = 0; i < 60; i++) {
      deployment.clock.advance(2_000);
      await write("put", { room: "elsewhere", rank: i, body: "time goes by" });
    }
    const client = await reader.connect(deployment);
    const [poke] = client.pokes;
    expect(wayOf(poke)).toBe("kept");
    expect(poke?.chunks.flatMap(([, rows]) => rows)).toHaveLength(1);
    const isCompared = stillRowsMax === 3;
    expect([poke?.header.still?.length, poke?.header.compare]).toEqual(
      isCompared ? [undefined, [numberOf(roomOf("lobby"))]] : [1, undefined],
    );
    // A device that compares finds out what has left; this one does not.
    expect(reader.bodies).toHaveLength(isCompared ? 10 : 9);
    expect(reader.model.problems).toEqual([]);
    await deployment.close();
  }
});

/** What a device asks of one range, as SY37 says it, and what becomes of its rows. */
class Comparison {
  readonly held: Map<string, number>;
  readonly #client: TestClient;
  readonly #range: number;
  rounds = 0;

  constructor(client: TestClient, range: number, rows: ReadonlyMap<string, number>) {
    this.#client = client;
    this.#range = range;
    this.held = new Map(rows);
  }

  /** `level` 0 lists every row at once. */
  async run(level: number): Promise<void> {
    const range = this.#range;
    if (level === 0) return await this.#list({ type: "repair", range, level, items: [[0, this.#prints(() => true)]] });
    const sums = new Uint32Array(2 ** level);
    for (const row of this.#rows())
      sums[bucketOfRow(row, level)] = (sums[bucketOfRow(row, level)] ?? 0) + printOfRow(row);
    const answer = await this.#ask({ type: "repair", range, level, prints: printsText(sums) });
    if (answer.type !== "differ") throw new Error("prints of buckets are answered by those that differ");
    const items: [number, string][] = [];
    for (const [bucket, parts] of answer.buckets) {
      for (const [at, print] of readPrints(parts).entries()) {
        const part = bucket * 16 + at;
        const inPart = (row: { id: string; version: number }): boolean => bucketOfRow(row, answer.level) === part;
        const sum = this.#rows().reduce((total, row) => (inPart(row) ? (total + printOfRow(row)) >>> 0 : total), 0);
        if (sum !== print) items.push([part, this.#prints(inPart)]);
      }
    }
    await this.#list({ type: "repair", range, level: answer.level, items });
  }

  async #list(question: Repair): Promise<void> {
    const from = this.#client.messages.length;
    const last = await this.#ask(question);
    if (last.type !== "poke" || last.header.repaired?.[0]?.[0] !== this.#range)
      throw new Error("items are answered by a poke");
    const pokes = this.#client.messages.slice(from).filter((message): message is Poke => message.type === "poke");
    const gone = new Set(
      pokes.flatMap(({ header }) => header.repaired ?? []).flatMap(([, prints]) => readPrints(prints)),
    );
    for (const row of this.#rows()) if (gone.has(printOfRow(row))) this.held.delete(row.id);
    for (const [version, document] of pokes.flatMap(({ chunks }) => chunks.flatMap(([, rows]) => rows)))
      this.held.set(String(Reflect.get(Object(document), "_id")), version);
  }

  async #ask(question: Repair) {
    this.rounds++;
    this.#client.send(question);
    const isAnswer = (message: Incoming): boolean =>
      message.type === "differ" || (message.type === "poke" && message.header.repaired !== undefined);
    const from = this.#client.messages.length;
    await until(() => this.#client.messages.slice(from).some(isAnswer));
    const answer = this.#client.messages.slice(from).find(isAnswer);
    if (answer === undefined) throw new Error("no answer");
    return answer;
  }

  #rows(): { id: string; version: number }[] {
    return [...this.held].map(([id, version]) => ({ id, version }));
  }

  #prints(isMeant: (row: { id: string; version: number }) => boolean): string {
    return printsText(this.#rows().filter(isMeant).map(printOfRow));
  }
}

const versionsOf = (rows: ReadonlyMap<string, ModelRow>): Map<string, number> =>
  new Map([...rows].filter(([, { table }]) => table === "notes").map(([id, { version }]) => [id, version]));

test("[SY37] whatever rows a device lacks, has too much or has in other versions, two questions bring it what is there", async () => {
  const deployment = await openTestDeployment(scopeOf(roomOf("lobby")), { limits: { partBytes: 500, sliceMs: 0 } });
  await putMany(deployment, "lobby", 120);
  const reader = newReader();
  const client = await reader.connect(deployment);
  const there = versionsOf(reader.model.rows);
  const ids = [...there.keys()];
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(ids.length - 1), fc.constantFrom("missing", "older", "extra")), { maxLength: 60 }),
      fc.constantFrom(0, 2, 5),
      async (damages, level) => {
        const own = new Map(there);
        for (const [at, damage] of damages) {
          const id = ids[at] ?? "";
          if (damage === "missing") own.delete(id);
          if (damage === "older") own.set(id, 1);
          if (damage === "extra") own.set(`${id.slice(0, -3)}${at}`.padEnd(32, "x"), at);
        }
        const comparison = new Comparison(client, numberOf(roomOf("lobby")), own);
        await comparison.run(level);
        expect(comparison.held).toEqual(there);
        expect(comparison.rounds).toBeLessThanOrEqual(2);
      },
    ),
    { numRuns: 40 },
  );
  await deployment.close();
});

test("[SY40] a device learns nothing of a range that it was not granted, and one that asks too much is ended", async () => {
  const deployment = await openTestDeployment(scopeOf(roomOf("lobby")), { limits: { questionsMax: 4 } });
  const write = await connectAuthor(deployment);
  await write("put", { room: "den", rank: 1, body: "secret" });
  await write("put", { room: "lobby", rank: 1, body: "open" });
  const { client } = await connectDevice(deployment);
  const seen = client.messages.length;
  const den = numberOf(roomOf("den"));
  client.send({ type: "repair", range: den, level: 0, items: [[0, ""]] });
  await settle();
  client.send({ type: "repair", range: den, level: 4, prints: "0".repeat(128) });
  await settle();
  client.send({ type: "verify", ranges: [den] });
  await settle();
  expect(client.messages.slice(seen)).toEqual([{ type: "check", version: expect.any(Number), ranges: [] }]);
  for (let i = 0; i < 5; i++) client.send({ type: "verify" });
  expect(client.error).toBe("too_many_pending");
  const { client: busy } = await connectDevice(deployment);
  const limited = await openTestDeployment(scopeOf(roomOf("lobby")), { limits: { repairsPerHour: 2 } });
  const { client: asking } = await connectDevice(limited);
  for (let i = 0; i < 3; i++) {
    asking.send({ type: "repair", range: numberOf(roomOf("lobby")), level: 0, items: [] });
    await settle();
  }
  expect([asking.error, busy.error]).toEqual(["too_many_pending", undefined]);
  await limited.close();
  await deployment.close();
});

test("[SY38] what devices had repaired and what they gave up on is counted and written to the log", async () => {
  const deployment = await openTestDeployment(scopeOf(roomOf("lobby")));
  const lines: unknown[] = [];
  const note = (message: string, about: unknown): void => void lines.push([message, about]);
  Object.assign(deployment.world.log, { warn: note, error: note });
  const { client, device } = await connectDevice(deployment);
  const range = numberOf(roomOf("lobby"));
  client.send({ type: "repair", range, level: 0, items: [], fault: true });
  client.send({ type: "stopped", range });
  await settle();
  expect(deployment.sync.figures.verification).toMatchObject({ repaired: 1, stopped: 1 });
  const about = { device: device.id.slice(0, 8), table: "notes", index: "by_room" };
  expect(lines).toEqual([
    [expect.stringContaining("being repaired"), about],
    [expect.stringContaining("stopped trying"), about],
  ]);
  await deployment.close();
});
