import { appendFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeFolder, startDeployment } from "../deployment.ts";
import { endAll, runBothy } from "./cli-process.ts";
import { LastingDevice } from "./lasting-device.ts";
import { plant, type PlantedStore } from "./planted-store.ts";

interface Report {
  readonly state: string;
  readonly checked: readonly { readonly what: string; readonly count: number }[];
  readonly findings: readonly { readonly kind: string; readonly message: string; readonly fix: string }[];
  readonly findingCount: number;
  readonly notes: readonly string[];
}

interface Repair {
  readonly before: Report;
  readonly setAside?: string;
  readonly after?: Report;
}

const sentBodies = Array.from({ length: 60 }, (_, at) => `message ${at + 1}`);
let whole = "";
let copies = 0;

beforeAll(async () => {
  whole = await makeFolder();
  const deployment = await startDeployment({ folder: join(whole, "data") });
  const device = new LastingDevice();
  await device.connect(deployment.url);
  await device.mutate("shared/rooms:join", { room: "a" });
  const numbers = sentBodies.map((body) => device.queue("shared/messages:send", { room: "a", body }));
  await device.until(() => numbers.every((n) => device.outcomes.has(n)));
  await deployment.stop();
});

afterAll(endAll);

/** A copy of the folder for one test. */
function copyOf(): string {
  const folder = join(whole, `copy-${++copies}`);
  cpSync(join(whole, "data"), folder, { recursive: true });
  return folder;
}

async function examine(folder: string): Promise<{ readonly code: unknown; readonly report: Report }> {
  const { code, stdout, stderr } = await runBothy(["--json", "doctor", "--folder", folder]);
  expect(stdout, stderr).not.toBe("");
  return { code, report: JSON.parse(stdout) as Report };
}

function first(store: PlantedStore, prefix: string): readonly [key: string, value: string] {
  const found = store.entries(prefix)[0];
  if (found === undefined) throw new Error(`the store has nothing at ${prefix}`);
  return found;
}

test("[EN33] [EN34] what is wrong with the store is found and made good from the log, and a server starts on the result", async () => {
  const folder = copyOf();
  await plant(folder, (store) => {
    for (const [key] of store.entries("imessages\0").slice(0, 3)) store.remove(key);
    const [document, text] = first(store, "dmessages\0");
    store.put(document, text.replace("message", "massage"));
  });
  const { code, report } = await examine(folder);
  const kinds = report.findings.map(({ kind }) => kind);
  expect([code, kinds]).toEqual([5, ["index_wrong", "index_wrong", "index_wrong", "document_wrong"]]);
  expect(report.findings[0]?.fix).toContain("--repair");
  const log = readdirSync(join(folder, "log")).map((name) => readFileSync(join(folder, "log", name)));
  const { code: repaired, stdout } = await runBothy(["--json", "doctor", "--repair", "--folder", folder]);
  const { setAside = "", after } = JSON.parse(stdout) as Repair;
  expect([repaired, after?.findings, existsSync(join(setAside, "data.mdb"))]).toEqual([0, [], true]);
  expect(readdirSync(join(folder, "log")).map((name) => readFileSync(join(folder, "log", name)))).toEqual(log);
  const deployment = await startDeployment({ folder });
  const messages = (await deployment.run("server:allMessages", { room: "a" })) as { body: string }[];
  expect(messages.map(({ body }) => body).toSorted()).toEqual(sentBodies.toSorted());
  await deployment.kill();
});

test("[EN33] a folder that is as it was written is told so, with counts, also beside the server that writes to it", async () => {
  const folder = copyOf();
  const closed = await examine(folder);
  expect([closed.code, closed.report.findings, closed.report.state]).toEqual([0, [], "closed"]);
  const documents = closed.report.checked.find(({ what }) => what.includes("documents"))?.count ?? 0;
  expect(documents).toBeGreaterThanOrEqual(sentBodies.length);
  const deployment = await startDeployment({ folder });
  const device = new LastingDevice();
  await device.connect(deployment.url);
  let isWriting = true;
  const writing = (async () => {
    while (isWriting) await device.mutate("shared/messages:send", { room: "a", body: "meanwhile" });
  })();
  for (let round = 0; round < 2; round++) {
    const running = await examine(folder);
    expect([running.code, running.report.findings, running.report.state]).toEqual([0, [], "running"]);
  }
  const refused = await runBothy(["--json", "doctor", "--repair", "--folder", folder]);
  expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining("folder_locked")]);
  isWriting = false;
  await writing;
  await deployment.kill();
  const killed = await examine(folder);
  expect([killed.code, killed.report.findings, killed.report.state]).toEqual([0, [], "closed"]);
});

test("[EN33] a flipped byte of the log is found, named by file and offset, and never repaired from the store", async () => {
  const folder = copyOf();
  const [name = ""] = readdirSync(join(folder, "log"));
  const path = join(folder, "log", name);
  const bytes = readFileSync(path);
  bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 0x10;
  writeFileSync(path, bytes);
  const { code, report } = await examine(folder);
  expect([code, report.findings.map(({ kind }) => kind)]).toEqual([5, ["log_damaged"]]);
  expect(report.findings[0]?.message).toContain(path);
  const { code: refused, stdout } = await runBothy(["--json", "doctor", "--repair", "--folder", folder]);
  const repair = JSON.parse(stdout) as Repair;
  expect([refused, repair.after, existsSync(join(folder, "store", "data.mdb"))]).toEqual([5, undefined, true]);
});

test("[EN33] an unfinished end of the log, a store that is missing and one that lags are told, and are nothing wrong", async () => {
  const folder = copyOf();
  const [name = ""] = readdirSync(join(folder, "log"));
  appendFileSync(join(folder, "log", name), Buffer.from([1, 2, 3]));
  rmSync(join(folder, "store"), { recursive: true });
  const { code, report } = await examine(folder);
  expect([code, report.findings, report.notes.length]).toEqual([0, [], 2]);
});

test("[EN33] pages of the store that end whoever reads them are a finding, and are repaired", async () => {
  const folder = copyOf();
  const path = join(folder, "store", "data.mdb");
  const bytes = readFileSync(path);
  // Every page but the two that say where the tree begins.
  bytes.fill(0xff, 2 * 4_096);
  writeFileSync(path, bytes);
  const { code, report } = await examine(folder);
  expect([code, report.findings.map(({ kind }) => kind)]).toEqual([5, ["store_unreadable"]]);
  const { code: repaired } = await runBothy(["--json", "doctor", "--repair", "--folder", folder]);
  expect(repaired).toBe(0);
});

test("[EN33] what the doctor says to a person names folder, counts, findings and what to do", async () => {
  const folder = copyOf();
  await plant(folder, (store) => store.remove(first(store, "imessages\0")[0]));
  const { code, stdout } = await runBothy(["doctor", "--folder", folder]);
  expect([code, stdout]).toEqual([5, expect.stringContaining(folder)]);
  for (const text of ["documents", "index_wrong", "Fix:", "--repair"]) expect(stdout).toContain(text);
  const none = await runBothy(["doctor", "--folder", join(folder, "none")]);
  expect([none.code, none.stderr]).toEqual([4, expect.stringContaining("Fix:")]);
});
