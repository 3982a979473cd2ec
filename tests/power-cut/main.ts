// `npm run power-cut -- --cycles N`: cuts the power of a server under load N times; needs root.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { cutPower } from "./cut-power.ts";
import { whyNoSmallDisk } from "./small-disk.ts";

const { values } = parseArgs({ options: { cycles: { type: "string", default: "20" } } });
const cycles = Number(values.cycles);
if (!Number.isSafeInteger(cycles) || cycles < 1) throw new Error("--cycles takes a whole number from 1 on.");

const folder = mkdtempSync(join(tmpdir(), "bothy-power-"));
let failed = 0;
let done = 0;
try {
  const refusal = whyNoSmallDisk(folder);
  if (refusal !== undefined) throw new Error(`No disk can be mounted here, which takes root: ${refusal}`);
  await cutPower(folder, cycles, ({ acknowledged, found, problems }) => {
    done++;
    process.stdout.write(
      `cut ${done}: ${acknowledged} acknowledged, ${found} found${problems.length > 0 ? ", " : ""}${problems.join("; ")}\n`,
    );
    if (problems.length > 0) failed++;
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.stdout.write(`${done} power cuts, ${failed} with losses\n`);
process.exitCode = failed === 0 ? 0 : 1;
