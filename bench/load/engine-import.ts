/** Fills a data folder through the engine's own commits; the floor writes the bytes of the log alone. */
import { closeSync, fdatasyncSync, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { insertOf, openBenchEngine } from "./engine.ts";

const request: { folder: string; rows: number } = JSON.parse(process.argv[2] ?? "{}");
/** Documents of one transaction, and transactions until durability is waited for. */
const [transactionRows, transactionsAhead] = [1_000, 8];

const engine = await openBenchEngine(request.folder);
const started = performance.now();
for (let from = 0, ahead = 0; from < request.rows; from += transactionRows) {
  const count = Math.min(transactionRows, request.rows - from);
  const writes = Array.from({ length: count }, (_, at) => insertOf(engine, from + at));
  const outcome = engine.commit({ snapshot: engine.version, reads: [], writes });
  if (outcome.kind !== "committed") throw new Error("nobody else writes");
  if (++ahead % transactionsAhead === 0) await engine.whenDurable(outcome.version);
  while (engine.isOverloaded) await new Promise((resolve) => setTimeout(resolve, 5));
}
// With what the store takes in behind the log: a folder is filled when it can be closed.
await engine.close();
const importMs = performance.now() - started;
process.stdout.write(JSON.stringify({ importMs, floorMs: writeLogAgain() }));

/** The same bytes to a file, synced as often. */
function writeLogAgain(): number {
  const segments = readdirSync(join(request.folder, "log")).map((name) =>
    readFileSync(join(request.folder, "log", name)),
  );
  const path = join(request.folder, "floor");
  const bytes = Buffer.concat(segments);
  const piece = Math.ceil((bytes.length * transactionRows * transactionsAhead) / request.rows);
  const file = openSync(path, "w");
  const begun = performance.now();
  for (let at = 0; at < bytes.length; at += piece) {
    writeSync(file, bytes.subarray(at, at + piece));
    fdatasyncSync(file);
  }
  const ms = performance.now() - begun;
  closeSync(file);
  rmSync(path);
  return ms;
}
