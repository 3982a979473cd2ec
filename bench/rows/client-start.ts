import { join } from "node:path";
import { startBothy } from "../processes.ts";
import { buildStage, inChromium, writeRows } from "../browser/stage.ts";
import type { Bench } from "../measurement.ts";
import { percentile } from "../statistics.ts";
import { show } from "../table.ts";
import type { Row } from "../table.ts";

const all = { rooms: ["cold-0", "cold-1"], rowsPerRoom: 25_000 };
const runCount = 5;

/** A start of the client over 50,000 stored rows, each in a browser of its own, without a network. */
export async function clientStart({ app, folder }: Bench): Promise<Row[]> {
  const bothy = await startBothy(await buildStage(app, folder), join(folder, "bothy"));
  const url = `http://127.0.0.1:${bothy.port}`;
  const profile = join(folder, "profile");
  const samples: Record<"open" | "first" | "all" | "query" | "floor", number[]> = {
    open: [],
    first: [],
    all: [],
    query: [],
    floor: [],
  };
  try {
    for (const room of all.rooms) await writeRows(bothy.port, room, all.rowsPerRoom);
    await inChromium(profile, url, (page) => page.evaluate((request) => window.bench.storeRows(request), all));
    for (let run = 0; run < runCount; run++) {
      const bare = await inChromium(profile, url, (page) => page.evaluate(() => window.bench.readBare()));
      if (bare.rows < all.rooms.length * all.rowsPerRoom) throw new Error(`The storage holds ${bare.rows} rows.`);
      samples.floor.push(bare.readMs);
      const start = await inChromium(profile, url, (page) =>
        page.evaluate((request) => window.bench.coldStart(request), all),
      );
      samples.open.push(start.openMs);
      samples.first.push(start.firstMs);
      samples.all.push(start.allMs);
      samples.query.push(start.queryMs);
    }
  } finally {
    await bothy.stop();
  }
  const middle = (name: keyof typeof samples): number => percentile(samples[name], 0.5);
  const row = (what: string, name: keyof typeof samples, goal: string): Row => ({
    what: `cold start, 50,000 rows in Chromium: ${what}`,
    bothy: show(middle(name), "ms"),
    floor: show(middle("floor"), "ms"),
    ratio: (middle(name) / middle("floor")).toFixed(2),
    goal,
  });
  return [
    { ...row("the database is open", "open", ""), floor: "", ratio: "" },
    { ...row("first 50 shown, from there", "first", "<= 30 ms"), ratio: "" },
    row("all shown; floor: bare read and parse", "all", "<= 1.3"),
    { ...row("the queries of all, once more", "query", ""), floor: "", ratio: "" },
  ];
}
