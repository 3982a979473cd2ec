import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test, vi } from "vitest";
import { makeApp } from "./runtime-stage.ts";

const dist = fileURLToPath(new URL("../../packages/bothy-server/dist/", import.meta.url));

/**
 * A server that prints the ids of its function processes once a function in one of them has asked for a row. The answer
 * is on its way by then, and behind it the function never comes back.
 */
const server = `
import { createWorld } from "${dist}base/index.js";
import { openEngine } from "${dist}engine/index.js";
import { buildFunctions, openFunctionPool } from "${dist}runtime/index.js";
const real = createWorld({ logFormat: "json" });
const pids = [];
const spawn = (request) => {
  const child = real.processes.spawn(request);
  pids.push(child.pid);
  child.onLine((line) => { if (line.includes('"read"')) setTimeout(() => console.log(JSON.stringify(pids)), 20); });
  return child;
};
const world = { ...real, processes: { spawn } };
const folder = process.argv[2];
const { path, schema } = await buildFunctions({ world, appFolder: folder, outFolder: folder + "/.bothy/functions" });
const engine = await openEngine({ world, folder: folder + "/.bothy", schema, store: "memory" });
const pool = await openFunctionPool({ world, engine, bundlePath: path, processes: 2 });
void pool.call({ name: "calls:spin", kind: "query", mayCallInternal: true, args: {}, identity: null, timeMs: 0, nonce: "00".repeat(16), deviceKey: "00".repeat(32) });
`;

test.skipIf(!existsSync("/proc/self"))(
  "[FN16] function processes end with their server, even one whose function never ends",
  async () => {
    const app = makeApp({
      "schema.ts":
        'import { defineSchema, defineTable, v } from "bothy";\nexport default defineSchema({ rows: defineTable({ n: v.number() }) });\n',
      "calls.ts":
        'import { query } from "bothy";\nexport const spin = query(async ({ db }) => { await db.query("rows").first(); for (;;); });\n',
    });
    const script = join(app.folder, "server.mjs");
    writeFileSync(script, server);
    const child = spawn(process.execPath, [script, app.folder], { stdio: ["ignore", "pipe", "inherit"] });
    const pids = await new Promise<number[]>((resolve) => {
      child.stdout.once("data", (chunk: Buffer) => resolve(JSON.parse(String(chunk)) as number[]));
    });
    const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}/cmdline`);
    expect(pids.filter(isAlive).length).toBeGreaterThanOrEqual(2);
    child.kill("SIGKILL");
    await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 20_000, interval: 50 });
    app.remove();
  },
);
