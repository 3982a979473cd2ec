import { join } from "node:path";
import type { Bench } from "../measurement.ts";
import { runLoad } from "../processes.ts";
import { show } from "../table.ts";
import type { Row } from "../table.ts";
import { measureServer } from "./engine-server.ts";
import { writeCost } from "./write-cost.ts";

/** The engine with a large table: import, reads, start, memory at rest, the cost of a write, and recovery. */
export async function engine({ app, folder, rows }: Bench): Promise<Row[]> {
  const large = join(folder, "large");
  const imported = await runLoad("engine-import.ts", { folder: large, rows });
  const reads = await runLoad("engine-reads.ts", { folder: large, rows });
  const served = await measureServer(app, large);
  const costs = await writeCost(app, { folder, large, rows });
  const replayed = await runLoad("engine-replay.ts", { folder: large });
  return [
    rateRow(`import of ${rows.toLocaleString("en-US")} documents`, rows, {
      ms: imported["importMs"],
      floorMs: imported["floorMs"],
    }),
    ...served,
    timeRow("point read, cold", { us: reads["pointCold"], floorUs: reads["pointColdFloor"], goal: 20 }),
    timeRow("point read, hot", { us: reads["pointHot"], floorUs: reads["pointHotFloor"], goal: 3 }),
    timeRow("range of 100 rows, cold", { us: reads["rangeCold"], floorUs: 100 * (reads["pointColdFloor"] ?? 0) }),
    timeRow("range of 100 hot rows, in the engine", {
      us: reads["rangeHot"],
      floorUs: 100 * (reads["pointHotFloor"] ?? 0),
      goal: 10,
    }),
    ...costs,
    rateRow("recovery: the store made anew from the log", rows, {
      ms: replayed["replayMs"],
      floorMs: replayed["floorMs"],
    }),
  ];
}

/** A figure in microseconds beside that of a bare read. */
export function timeRow(
  what: string,
  { us = 0, floorUs = 0, goal }: { us: number | undefined; floorUs: number | undefined; goal?: number },
): Row {
  return {
    what,
    bothy: show(us, "us"),
    floor: show(floorUs, "us"),
    ratio: (us / floorUs).toFixed(1),
    goal: goal === undefined ? "" : `<= ${goal} us`,
  };
}

function rateRow(
  what: string,
  rows: number,
  { ms = 0, floorMs = 0 }: { ms: number | undefined; floorMs: number | undefined },
): Row {
  const perSecond = (each: number): string => show((rows * 1_000) / each, "/s");
  return { what, bothy: perSecond(ms), floor: perSecond(floorMs), ratio: (floorMs / ms).toFixed(3), goal: "" };
}
