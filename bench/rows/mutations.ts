import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { runLoad, startBothy, startFloor } from "../processes.ts";
import type { Subject } from "../processes.ts";
import type { Bench } from "../measurement.ts";
import { show } from "../table.ts";
import type { Row } from "../table.ts";

const milliseconds = 4_000;
const clientCounts = [1, 16, 64];

interface Measured {
  readonly perSecond: number;
  readonly cpuMs: number;
  readonly p50: number;
  readonly p99: number;
}

/** Durable acknowledged mutations of two reads and one write, and what one costs the server. */
export async function mutations({ app, folder }: Bench): Promise<Row[]> {
  mkdirSync(folder, { recursive: true });
  const floor = await startFloor(folder, 0);
  const bothy = await startBothy(app, join(folder, "bothy"));
  const rows: Row[] = [];
  try {
    for (const clients of clientCounts) {
      const below = await load(floor, "floor-messages.ts", { clients });
      const above = await load(bothy, "mutations.ts", { clients, hot: false });
      rows.push(...rowsOf(`${clients} clients`, above, below, clients === 64 ? ">= 5,000/s" : ""));
      if (clients !== 64) continue;
      const hot = await load(bothy, "mutations.ts", { clients, hot: true });
      rows.push({
        what: "64 clients, four in five on 8 documents",
        bothy: show(hot.perSecond, "/s"),
        floor: show(above.perSecond, "/s without contention"),
        ratio: (hot.perSecond / above.perSecond).toFixed(2),
        goal: ">= 0.8",
      });
    }
  } finally {
    await bothy.stop();
    await floor.stop();
  }
  return rows;
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
