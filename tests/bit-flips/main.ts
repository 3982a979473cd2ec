// `npm run bit-flips -- --flips N`: flips N bits of a store, one at a time, and reads every document after each.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { flipBits } from "./flip-bits.ts";

const { values } = parseArgs({ options: { flips: { type: "string", default: "200" } } });
const root = mkdtempSync(join(tmpdir(), "bothy-flips-"));
try {
  const flips = await flipBits(root, Number(values.flips));
  process.stdout.write(`${JSON.stringify(flips)}\n`);
  process.exitCode = flips.wrong === 0 ? 0 : 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}
