import { cpSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDevice } from "../load/device.ts";
import type { Measurement } from "../measurement.ts";
import { root, startBothy } from "../processes.ts";
import { percentile } from "../statistics.ts";
import { show } from "../table.ts";

const rounds = 10;
/** Nobody saves at the moment in which the save before is shown. */
const pauseMs = 1_500;

/** From a save of a function in `bothy dev` until a device has the new result of a query that it watches. */
export const reload: Measurement = async ({ app, folder }) => {
  const copy = join(folder, "app");
  cpSync(app, copy, { recursive: true, filter: (path) => !path.includes(".bothy") });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  save(copy, -1);
  const bothy = await startBothy(copy, join(folder, "bothy"), { command: "dev" });
  try {
    const device = await openDevice(bothy.port);
    let arrived: (value: unknown) => void = () => {};
    let latest: unknown;
    device.subscribe("answer:read", (value) => {
      latest = value;
      arrived(value);
    });
    const shown = (round: number): Promise<void> =>
      new Promise((resolve) => {
        arrived = (value) => {
          if (value === round) resolve();
        };
        arrived(latest);
      });
    await shown(-1);
    const waits: number[] = [];
    for (let round = 0; round < rounds; round++) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const started = performance.now();
      save(copy, round);
      await shown(round);
      waits.push(performance.now() - started);
    }
    device.close();
    return [
      {
        what: "save until a live query shows it, p50",
        bothy: show(percentile(waits, 0.5), "ms"),
        floor: "",
        ratio: "",
        goal: "<= 200 ms",
      },
    ];
  } finally {
    await bothy.stop();
  }
};

function save(app: string, round: number): void {
  const text = `import { query } from "./_generated/server.js";\nexport const read = query({ args: {}, handler: async () => ${round} });\n`;
  writeFileSync(join(app, "bothy/answer.ts"), text);
}
