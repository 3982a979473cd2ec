import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { checkTorture } from "../torture/check/check-torture.ts";
import { runTorture } from "../torture/run-torture.ts";
import { parseTorture } from "../torture/torture-line.ts";

const folder = await mkdtemp(join(tmpdir(), "bothy-torture-test-"));
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Long enough for some fifteen faults; `npm run torture` goes on for as long as it is told to. */
const seconds = 30;

test("[TO1] [TO4] [C1] [C2] [C3] [C4] [C5] [C6] [C7] [C8] [C9] servers and browsers that are killed, frozen and cut off keep every promise", async () => {
  const file = join(folder, "history.jsonl");
  const seed = Math.floor(Math.random() * 2 ** 32);
  const summary = await runTorture({ seed, seconds, file, browsers: 2, nodes: 1 });
  expect(summary.calls).toBeGreaterThan(20);
  const lines = parseTorture(await readFile(file, "utf8"));
  const seen = lines.flatMap((line) => (line.kind === "fault" ? [line.what] : []));
  expect(checkTorture(lines), `seed ${seed}: ${seen.join(", ")}`).toEqual([]);
});
