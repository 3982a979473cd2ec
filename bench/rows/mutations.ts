import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { runLoad, startBothy, startFloor, startWorldServer } from "../processes.ts";
import type { Subject } from "../processes.ts";
import type { Bench } from "../measurement.ts";
import { show } from "../table.ts";
import type { Row } from "../table.ts";

const milliseconds = 4_000;
const syncDelayMs = 1;

interface Measured {
  readonly perSecond: number;
  readonly cpuMs: number;
  readonly p50: number;
  readonly p99: number;
}

/** Durable acknowledged mutations of two reads and one write, and what one costs the server. */
export async function mutations({ app, folder }: Bench): Promise<Row[]> {
  mkdirSync(folder, { recursive: true });
  const rows = await against(
    { floor: await startFloor(folder, 0), bothy: await startBothy(app, join(folder, "bothy")) },
    async ({ floor, bothy }) => [
      ...(await uncontended(floor, bothy, { clients: 1 })),
      ...(await uncontended(floor, bothy, { clients: 16 })),
      ...(await mostLoaded(floor, bothy)),
    ],
  );
  // As on a real disk: what waits for one sync meanwhile shares the next.
  const slow = await against(
    {
      floor: await startFloor(folder, syncDelayMs),
      bothy: await startWorldServer({ app, folder: join(folder, "slow"), syncDelayMs }),
    },
    ({ floor, bothy }) => uncontended(floor, bothy, { clients: 64, note: `, sync slowed by ${syncDelayMs} ms` }),
  );
  return [...rows, ...slow];
}

interface Pair {
  readonly floor: Subject;
  readonly bothy: Subject;
}

async function against(pair: Pair, measure: (pair: Pair) => Promise<Row[]>): Promise<Row[]> {
  try {
    return await measure(pair);
  } finally {
    await pair.bothy.stop();
    await pair.floor.stop();
  }
}

async function uncontended(
  floor: Subject,
  bothy: Subject,
  { clients, note = "" }: { readonly clients: number; readonly note?: string },
): Promise<Row[]> {
  const below = await load(floor, "floor-messages.ts", { clients });
  const above = await load(bothy, "mutations.ts", { clients, hot: false });
  return rowsOf(`${clients} clients${note}`, above, below, "");
}

async function mostLoaded(floor: Subject, bothy: Subject): Promise<Row[]> {
  const clients = 64;
  const below = await load(floor, "floor-messages.ts", { clients });
  const above = await load(bothy, "mutations.ts", { clients, hot: false });
  const hot = await load(bothy, "mutations.ts", { clients, hot: true });
  return [
    ...rowsOf(`${clients} clients`, above, below, ">= 5,000/s"),
    {
      what: `${clients} clients, four in five on 8 documents`,
      bothy: show(hot.perSecond, "/s"),
      floor: show(above.perSecond, "/s without contention"),
      ratio: (hot.perSecond / above.perSecond).toFixed(2),
      goal: ">= 0.8",
    },
  ];
}

async function load(subject: Subject, script: string, request: object): Promise<Measured> {
  const before = subject.cpuMs();
  const result = await runLoad(script, { port: subject.port, milliseconds, ...request });
  const { perSecond = 0, count = 1, p50 = 0, p99 = 0 } = result;
  return { perSecond, p50, p99, cpuMs: (subject.cpuMs() - before) / count };
}

function rowsOf(what: string, above: Measured, below: Measured, goal: string): Row[] {
  return [
    {
      what: `mutations, ${what}`,
      bothy: show(above.perSecond, "/s"),
      floor: show(below.perSecond, "/s"),
      ratio: (above.perSecond / below.perSecond).toFixed(2),
      goal,
    },
    {
      what: `  acknowledged p50 / p99`,
      bothy: `${show(above.p50, "")}/ ${show(above.p99, "ms")}`,
      floor: `${show(below.p50, "")}/ ${show(below.p99, "ms")}`,
      ratio: (above.p50 / below.p50).toFixed(1),
      goal: "",
    },
    {
      what: `  server CPU each`,
      bothy: show(above.cpuMs * 1000, "us"),
      floor: show(below.cpuMs * 1000, "us"),
      ratio: (above.cpuMs / below.cpuMs).toFixed(1),
      goal: what.startsWith("64") ? "<= 4" : "",
    },
  ];
}
