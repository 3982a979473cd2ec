import { join } from "node:path";
import { runLoad, startBothy } from "../processes.ts";
import type { Bench } from "../measurement.ts";
import { show } from "../table.ts";
import type { Row } from "../table.ts";

/** A fresh client that gets 10,000 rows, and the same client back after 100 of them changed. */
export async function transfer({ app, folder }: Bench): Promise<Row[]> {
  const bothy = await startBothy(app, join(folder, "bothy"));
  try {
    const { initialMs = 0, catchUpMs = 0 } = await runLoad("transfer.ts", {
      port: bothy.port,
      rows: 10_000,
      changed: 100,
    });
    return [
      {
        what: "initial sync of 10,000 rows, shown",
        bothy: show(initialMs, "ms"),
        floor: "",
        ratio: "",
        goal: "<= 300 ms",
      },
      {
        what: "catch-up, 100 of 10,000 changed, shown",
        bothy: show(catchUpMs, "ms"),
        floor: "",
        ratio: "",
        goal: "<= 40 ms",
      },
    ];
  } finally {
    await bothy.stop();
  }
}
