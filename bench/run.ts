/**
 * Measures what is promised, against the floor in the same run. `npm run bench` measures everything, `npm run bench -- fan-out`
 * one row, `npm run bench -- client` all whose names begin so; `--rows 100000` makes the large table of `engine` smaller than a million. Ratios count; single figures are this
 * machine's.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fieldlogAnswers } from "./fieldlog/answers.ts";
import { fieldlogBytes } from "./fieldlog/bytes.ts";
import { fieldlogLive } from "./fieldlog/live.ts";
import { fieldlogScrolls } from "./fieldlog/scrolls.ts";
import { fieldlogStarts } from "./fieldlog/starts.ts";
import { catchUp } from "./rows/catch-up.ts";
import { clientStart } from "./rows/client-start.ts";
import { clientSync } from "./rows/client-sync.ts";
import { clientWrites } from "./rows/client-writes.ts";
import { engine } from "./rows/engine.ts";
import { clientSize, startAndMemory } from "./rows/footprint.ts";
import { fanOut } from "./rows/fan-out.ts";
import { mutations } from "./rows/mutations.ts";
import { reload } from "./rows/reload.ts";
import { scopes } from "./rows/scopes.ts";
import { transfer } from "./rows/transfer.ts";
import { visibility } from "./rows/visibility.ts";
import type { Measurement } from "./measurement.ts";
import { printTable } from "./table.ts";
import type { Row } from "./table.ts";

const measurements: Readonly<Record<string, Measurement>> = {
  visibility,
  mutations,
  "fan-out": fanOut,
  transfer,
  "catch-up": catchUp,
  engine,
  scopes,
  start: startAndMemory,
  reload,
  size: clientSize,
  "client-start": clientStart,
  "client-sync": clientSync,
  "client-writes": clientWrites,
  "fieldlog-bytes": fieldlogBytes,
  "fieldlog-starts": fieldlogStarts,
  "fieldlog-scrolls": fieldlogScrolls,
  "fieldlog-answers": fieldlogAnswers,
  "fieldlog-live": fieldlogLive,
};
const isWanted = (name: string, word: string): boolean => name === word || name.startsWith(`${word}-`);

const { positionals: wanted, values: options } = parseArgs({
  allowPositionals: true,
  options: { rows: { type: "string", default: "1000000" } },
});
for (const name of wanted) {
  if (Object.keys(measurements).some((one) => isWanted(one, name))) continue;
  process.stderr.write(`There is no measurement "${name}". There are: ${Object.keys(measurements).join(", ")}.\n`);
  process.exit(2);
}
const rows: Row[] = [];
for (const [name, measure] of Object.entries(measurements)) {
  if (wanted.length > 0 && !wanted.some((word) => isWanted(name, word))) continue;
  process.stderr.write(`${name} …\n`);
  const folder = mkdtempSync(join(tmpdir(), "bothy-bench-"));
  try {
    rows.push(
      ...(await measure({
        app: join(dirname(fileURLToPath(import.meta.url)), "app"),
        folder,
        rows: Number(options.rows),
      })),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
printTable(rows);
