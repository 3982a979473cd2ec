import { join } from "node:path";
import { runLoad, startBothy } from "../processes.ts";
import { buildStage, inChromium } from "../browser/stage.ts";
import type { Bench } from "../measurement.ts";
import { percentile } from "../statistics.ts";
import { show } from "../table.ts";
import type { Row } from "../table.ts";

const writeCount = 100;
const rounds = 100;
const pendingCount = 1_000;

/** What a person who writes in Chromium waits for. */
export async function clientWrites({ app, folder }: Bench): Promise<Row[]> {
  const bothy = await startBothy(await buildStage(app, folder), join(folder, "bothy"));
  const url = `http://127.0.0.1:${bothy.port}`;
  try {
    return await inChromium(join(folder, "profile"), url, async (page) => {
      const { durable, bare, painted } = await page.evaluate((count) => window.bench.localWrites(count), writeCount);
      const rebased = await page.evaluate((count) => window.bench.rebase(count), pendingCount);
      const seen = await page.evaluate((count) => window.bench.visibleToOther(count), rounds);
      const node = await runLoad("visibility.ts", { port: bothy.port, count: rounds, target: "bothy" });
      const row = (what: string, share: number, samples: readonly number[], goal: string, floor?: number): Row => ({
        what,
        bothy: show(percentile(samples, share), "ms"),
        floor: floor === undefined ? "" : show(floor, "ms"),
        ratio: "",
        goal,
      });
      const addedGoal = "<= 3 ms more than Node";
      return [
        row(
          "local mutation durable in Chromium, p50; floor: one bare row",
          0.5,
          durable,
          "<= 1 ms",
          percentile(bare, 0.5),
        ),
        row("local mutation durable in Chromium, p95", 0.95, durable, "<= 10 ms", percentile(bare, 0.95)),
        row("mutation until painted, p50", 0.5, painted, ""),
        row("mutation until painted, p99", 0.99, painted, "<= 16 ms"),
        row(
          "another's change on 1,000 pending mutations, shown; floor: on none",
          0.5,
          [rebased.withPendingMs],
          "",
          rebased.aloneMs,
        ),
        row("write visible on another client in Chromium, p50; floor: in Node", 0.5, seen, addedGoal, node["p50"]),
        row("write visible on another client in Chromium, p99; floor: in Node", 0.99, seen, "", node["p99"]),
      ];
    });
  } finally {
    await bothy.stop();
  }
}
