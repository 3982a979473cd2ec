import { join } from "node:path";
import { runLoad, startBothy, startFloor } from "../processes.ts";
import type { Bench } from "../measurement.ts";
import { show } from "../table.ts";
import type { Row } from "../table.ts";

const count = 400;

/** A write on one client until another shows it. */
export async function visibility({ app, folder }: Bench): Promise<Row[]> {
  const floor = await startFloor(folder, 0);
  const bothy = await startBothy(app, join(folder, "bothy"));
  try {
    const below = await runLoad("visibility.ts", { port: floor.port, count, target: "floor" });
    const above = await runLoad("visibility.ts", { port: bothy.port, count, target: "bothy" });
    return (["p50", "p99"] as const).map((name) => {
      const mine = above[name] ?? 0;
      const bare = below[name] ?? 1;
      return {
        what: `write visible on another client, ${name}`,
        bothy: show(mine, "ms"),
        floor: show(bare, "ms"),
        ratio: (mine / bare).toFixed(1),
        goal: name === "p50" ? "<= 3" : "<= 5",
      };
    });
  } finally {
    await bothy.stop();
    await floor.stop();
  }
}
