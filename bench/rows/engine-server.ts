import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runBareNode, startBothy } from "../processes.ts";
import type { Subject } from "../processes.ts";
import { percentile } from "../statistics.ts";
import { show } from "../table.ts";
import type { Row } from "../table.ts";

const settleMs = 2_000;
const starts = 5;
/** Reads of a range in one call: as many as a transaction may make, nearly. */
const readsOfOneCall = 300;
const calls = 20;

/** A server over a large folder: start to the first answer of a function, memory before it, and reads as a function sees them. */
export async function measureServer(app: string, folder: string): Promise<Row[]> {
  const waits: number[] = [];
  const bare: number[] = [];
  const cpu: number[] = [];
  for (let round = 0; round < starts; round++) {
    bare.push(await runBareNode());
    const started = performance.now();
    const server = await startBothy(app, folder, { args: ["--processes", "1"] });
    await readRoom({ server, folder, times: 1 });
    waits.push(performance.now() - started);
    cpu.push(server.cpuMs());
    await server.stop();
  }
  const server = await startBothy(app, folder, { args: ["--processes", "1"] });
  try {
    await new Promise((resolve) => setTimeout(resolve, settleMs));
    const resident = server.residentBytes();
    const own = server.ownBytes();
    const rangeUs = await rangeAsSeenByFunction(server, folder);
    const [wait, floor] = [percentile(waits, 0.5), percentile(bare, 0.5)];
    return [
      {
        what: "start until a function has answered, p50",
        bothy: show(wait, "ms"),
        floor: show(floor, "ms for bare Node"),
        ratio: (wait / floor).toFixed(1),
        goal: "<= 1,000 ms",
      },
      {
        what: "  processor time of it",
        bothy: show(percentile(cpu, 0.5), "ms"),
        floor: "",
        ratio: "",
        goal: "",
      },
      {
        what: "memory at rest, resident in both processes",
        bothy: show(resident / 1e6, "MB"),
        floor: "",
        ratio: "",
        goal: "<= 150 MB",
      },
      {
        what: "  of it not mapped from files, so shared with nobody",
        bothy: show(own / 1e6, "MB"),
        floor: "",
        ratio: "",
        goal: "",
      },
      {
        what: "range of 100 hot rows, as seen by a function",
        bothy: show(rangeUs, "us"),
        floor: "",
        ratio: "",
        goal: "<= 50 us",
      },
    ];
  } finally {
    await server.stop();
  }
}

interface RoomRead {
  readonly server: Subject;
  readonly folder: string;
  readonly times: number;
}

/** Milliseconds that a call which reads a room so many times takes. */
async function readRoom({ server, folder, times }: RoomRead): Promise<number> {
  const started = performance.now();
  const response = await fetch(`http://127.0.0.1:${server.port}/api/admin/run`, {
    method: "POST",
    headers: {
      authorization: `Bothy ${readFileSync(join(folder, "admin-key"), "utf8").trim()}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ name: "shared/items:readAgain", args: { room: "room-7", times } }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return performance.now() - started;
}

/** What many reads in one call take beyond a call that reads once, for each of them. */
async function rangeAsSeenByFunction(server: Subject, folder: string): Promise<number> {
  const [many, one]: [number[], number[]] = [[], []];
  for (let call = 0; call < calls; call++) {
    one.push(await readRoom({ server, folder, times: 1 }));
    many.push(await readRoom({ server, folder, times: readsOfOneCall }));
  }
  return ((percentile(many, 0.5) - percentile(one, 0.5)) * 1_000) / (readsOfOneCall - 1);
}
