import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "libsql";
import { createClient } from "bothy/client";
import { openSqliteStorage } from "bothy/storage/sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { api } from "../app/bothy/_generated/api.js";
import { app } from "../app/bothy/_generated/client.js";
import { makeFolder, startDeployment } from "../deployment.ts";
import type { Deployment } from "../deployment.ts";

const mortal = fileURLToPath(new URL("sqlite-writer.ts", import.meta.url));

let deployment: Deployment;

beforeAll(async () => {
  deployment = await startDeployment();
});
afterAll(() => deployment.stop());

/** Runs a client in a process of its own, which says each message that is stored, and is killed after so many. */
function writeUntilKilled(file: string, url: string, count: number, from: number): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ["--import", "tsx", mortal, file, url, String(from)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout.setEncoding("utf8");
    child.stdout.on("data", (part: string) => {
      text += part;
      if (text.split("\n").length > count) child.kill("SIGKILL");
    });
    child.on("error", reject);
    child.on("close", () => resolve(text.split("\n").slice(0, -1)));
  });
}

test("[C4] [C11] [CL29] what a client with SQLite has called stored is there after kill -9, and reaches the server once", async () => {
  const file = join(await makeFolder(), "client.db");
  // The first ones while nobody answers, so that all of them wait in the file.
  const stored: string[] = [];
  for (const url of ["http://127.0.0.1:9", deployment.url, "http://127.0.0.1:9"]) {
    stored.push(...(await writeUntilKilled(file, url, 40, stored.length * 10)));
  }
  expect(stored.length).toBeGreaterThanOrEqual(120);
  const client = createClient({
    url: deployment.url,
    app,
    storage: openSqliteStorage(new Database(file)),
    webSocket: WebSocket as unknown as new (url: string) => globalThis.WebSocket,
  });
  await client.mutate(api.shared.rooms.join, { room: "sqlite" }).server;
  await expect.poll(() => client.outbox.value.length, { timeout: 20_000 }).toBe(0);
  const messages = (await deployment.run("server:allMessages", { room: "sqlite" })) as { readonly body: string }[];
  const bodies = messages.map(({ body }) => body);
  expect(new Set(bodies).size).toBe(bodies.length);
  expect(stored.filter((body) => !bodies.includes(body))).toEqual([]);
  await client.close();
});
