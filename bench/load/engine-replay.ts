/** Rebuilds the store from the whole log; the floor reads the log's bytes and hashes them as its format asks. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openBenchEngine } from "./engine.ts";

const request: { folder: string } = JSON.parse(process.argv[2] ?? "{}");
const log = join(request.folder, "log");
const begun = performance.now();
for (const name of readdirSync(log))
  createHash("sha256")
    .update(readFileSync(join(log, name)))
    .digest();
const floorMs = performance.now() - begun;

rmSync(join(request.folder, "store"), { recursive: true });
const started = performance.now();
const engine = await openBenchEngine(request.folder);
const replayMs = performance.now() - started;
await engine.close();
process.stdout.write(JSON.stringify({ replayMs, floorMs }));
