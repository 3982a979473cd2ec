import { join } from "node:path";
import { runLoad, startWorldServer } from "../processes.ts";
import type { Bench } from "../measurement.ts";
import { show } from "../table.ts";
import type { Row } from "../table.ts";

const rows = 50_000;

/** What a device sends and receives when it comes back, in memory storage: unchanged, changed, and from beyond the horizon. */
export async function catchUp({ app, folder }: Bench): Promise<Row[]> {
  const bothy = await startWorldServer({ app, folder: join(folder, "bothy") });
  try {
    const found = await runLoad("catch-up.ts", { port: bothy.port, pid: bothy.pid, rows });
    const small = await runLoad("catch-up.ts", { port: bothy.port, pid: bothy.pid, rows, part: "small" });
    const of = (name: string): number => found[name] ?? Number.NaN;
    const kilobytes = (name: string): string => show(of(name) / 1_000, "kB");
    return [
      {
        what: `reconnect, nothing changed, 200 ranges (${of("unchangedRows")} rows sent)`,
        bothy: `${kilobytes("unchangedBytes")}, ${of("unchangedRounds")} round trip`,
        floor: "",
        ratio: "",
        goal: "<= 16 kB, 1 round trip",
      },
      {
        what: `catch-up, ${of("changedRows")} of 50,000 rows changed, against their wire form`,
        bothy: `${kilobytes("changedBytes")}, ${of("changedRounds")} round trip, ${show(of("changedMs"), "ms")}`,
        floor: kilobytes("changedRowBytes"),
        ratio: (of("changedBytes") / of("changedRowBytes")).toFixed(3),
        goal: "<= 1.15 x",
      },
      {
        what: "catch-up, 100 of 10,000 rows changed, down / up",
        bothy: `${show((small["downBytes"] ?? Number.NaN) / 1_000, "kB")} / ${show((small["upBytes"] ?? Number.NaN) / 1_000, "kB")}`,
        floor: "",
        ratio: "",
        goal: "",
      },
      {
        what: `beyond the horizon, ${of("beyondRows")} of 50,000 rows changed`,
        bothy: `${kilobytes("beyondBytes")}, ${of("beyondRounds")} round trips, ${show(of("beyondMs"), "ms")}`,
        floor: "",
        ratio: "",
        goal: "<= 150 kB, <= 5 round trips",
      },
    ];
  } finally {
    await bothy.stop();
  }
}
