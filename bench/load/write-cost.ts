/**
 * What a write costs several servers that differ in one thing: how many rows their table has, or how many subscriptions
 * that do not concern it. All run at once and are written to in turns, so that each turn meets the same machine.
 */
import { familyCpuMs } from "../processes.ts";
import { percentile } from "../statistics.ts";
import { openDevice } from "./device.ts";
import type { LoadDevice } from "./device.ts";
import { roomSize } from "./engine.ts";

interface Subject {
  readonly port: number;
  readonly pid: number;
  /** Rows of the table before the first write. */
  readonly rows: number;
  /** Ranges of the same index that somebody holds, and nobody writes into. */
  readonly subscriptions: number;
}

const request: { subjects: Subject[]; rounds: number; writes: number } = JSON.parse(process.argv[2] ?? "{}");
const writersCount = 16;
const roomsPerDevice = 100;

const prepared = [];
for (const subject of request.subjects) prepared.push({ subject, ...(await prepare(subject)) });
const samples = prepared.map(() => ({ cpu: [] as number[], ms: [] as number[] }));
// The first round warms what runs; it does not count.
for (let round = 0; round <= request.rounds; round++) {
  for (const [i, { subject, writers, rooms }] of prepared.entries()) {
    const before = familyCpuMs(subject.pid);
    const started = performance.now();
    await writeAll(writers, rooms);
    const [cpu, ms] = [familyCpuMs(subject.pid) - before, performance.now() - started];
    if (round === 0) continue;
    samples[i]?.cpu.push((cpu * 1_000) / request.writes);
    samples[i]?.ms.push((ms * 1_000) / request.writes);
  }
}
const result: Record<string, number> = {};
for (const [i, { cpu, ms }] of samples.entries()) {
  result[`cpu${i}`] = percentile(cpu, 0.5);
  result[`wall${i}`] = percentile(ms, 0.5);
}
process.stdout.write(JSON.stringify(result));
process.exit(0);

async function prepare({ port, rows, subscriptions }: Subject): Promise<{ writers: LoadDevice[]; rooms: string[] }> {
  const rooms = Array.from({ length: Math.max(1, Math.floor(rows / roomSize)) }, (_, at) => `room-${at}`);
  const subscriber = await openDevice(port);
  await subscriber.mutate("shared/items:join", { room: rooms[0] ?? "" });
  for (let at = 0; at < subscriptions; at += roomsPerDevice) {
    const device = await openDevice(port);
    const count = Math.min(roomsPerDevice, subscriptions - at);
    const others = Array.from({ length: count }, (_, each) => `unrelated-${at + each}`);
    await device.mutate("shared/items:joinMany", { rooms: others });
  }
  const writers = await Promise.all(Array.from({ length: writersCount }, () => openDevice(port)));
  return { writers, rooms };
}

/** Inserts into rooms in no order: every write goes somewhere else in each index. */
async function writeAll(writers: readonly LoadDevice[], rooms: readonly string[]): Promise<void> {
  let left = request.writes;
  await Promise.all(
    writers.map(async (writer) => {
      while (left-- > 0) {
        const room = rooms[Math.floor(Math.random() * rooms.length)] ?? "";
        await writer.mutate("shared/items:add", {
          room,
          rank: Math.floor(Math.random() * roomSize),
          text: "x".repeat(180),
        });
      }
    }),
  );
}
