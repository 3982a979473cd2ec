import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRandom } from "bothy/internal";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openFaultProxy, type FaultProxy } from "../proxy/fault-proxy.ts";
import { openBrowserDevice, type BrowserDevice } from "../torture/browser-device.ts";
import { createRecorder, type Recorder } from "../torture/recorder.ts";
import { startTortureServer, type TortureServer } from "../torture/server.ts";
import { buildPage, linkApp } from "../torture/stage.ts";
import { parseTorture, tagsIn } from "../torture/torture-line.ts";
import { removeProfiles } from "./profile.ts";

/** Every value carries whose it is: a tag `~maker number . space~`. */
let folder: string;
let file: string;
let recorder: Recorder;
let server: TortureServer;
let proxy: FaultProxy;
let alice: BrowserDevice;
let bob: BrowserDevice;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "bothy-taint-"));
  file = join(folder, "taint.jsonl");
  recorder = createRecorder(file);
  const page = await buildPage(join(folder, "page"));
  server = await startTortureServer(await linkApp(join(folder, "app")), join(folder, "server"));
  proxy = await openFaultProxy({ target: server.port, random: createRandom("taint") });
  const options = { url: proxy.url, page, recorder, spaces: ["s1", "s2"] };
  alice = await openBrowserDevice({ ...options, name: "alice" });
  bob = await openBrowserDevice({ ...options, name: "bob" });
});
afterAll(async () => {
  await removeProfiles();
  await proxy.close();
  await server.stop();
  await recorder.close();
  await rm(folder, { recursive: true, force: true });
});

function allow(device: BrowserDevice, space: string): Promise<unknown> {
  return server.run("admin:grant", { user: device.user, space });
}

function forbid(device: BrowserDevice, space: string): Promise<unknown> {
  return server.run("admin:revoke", { user: device.user, space });
}

let count = 0;

/** Adds an item and resolves with its tag once the server has it. */
async function add(device: BrowserDevice, space: string): Promise<string> {
  count += 1;
  const tag = `~${device.name}${count}.${space}~`;
  await device.inTab(async (page) =>
    page.evaluate((args) => window.torture.call("shared/things:add", args), { space, tag }),
  );
  return tag;
}

async function move(device: BrowserDevice, item: string, from: string, to: string): Promise<void> {
  const args = { space: from, item, to, tag: "~none0.none~" };
  await device.inTab(async (page) => page.evaluate((all) => window.torture.call("shared/things:move", all), args));
}

function callGuarded(device: BrowserDevice, name: string, space: string): Promise<string> {
  const request = { name: `guarded:${name}`, args: { space, tag: "~none0.none~" } };
  return device.inTab((page) => page.evaluate(({ name: which, args }) => window.torture.call(which, args), request));
}

type Asked = "peek" | "peekOrFail" | "misread";

function ask(device: BrowserDevice, name: Asked, space: string): Promise<string> {
  const request = { name, space };
  return device.inTab((page) => page.evaluate(({ name: which, space: of }) => window.torture.ask(which, of), request));
}

/** Every tag that was sent to a device so far. */
async function sentTo(device: BrowserDevice): Promise<Set<string>> {
  const lines = parseTorture((await readFile(file, "utf8")).replace(/[^\n]*$/, ""));
  return new Set(lines.flatMap((line) => (line.kind === "wire" && line.device === device.name ? line.tags : [])));
}

function shows(device: BrowserDevice, space: string, tags: readonly string[]): Promise<void> {
  const read = async (): Promise<readonly string[]> =>
    [...((await device.shown(device.tabs()[0] ?? "", space))?.items ?? [])].sort();
  return expect.poll(read, { timeout: 20_000, interval: 50 }).toEqual([...tags].sort());
}

/** Waits until nothing of some tags lies in a device's storage, in rows, in results or in its own calls. */
function forgets(device: BrowserDevice, tags: readonly string[]): Promise<void> {
  const read = async (): Promise<readonly string[]> => {
    const stored = await device.storedTags();
    if (stored === undefined) throw new Error("The device cannot be asked.");
    return tags.filter((tag) => stored.rows.includes(tag) || stored.calls.includes(tag));
  };
  return expect.poll(read, { timeout: 20_000, interval: 100 }).toEqual([]);
}

test("[C8] nothing of another user crosses the wire: not by rows, results, refusals or the texts of errors", async () => {
  for (const device of [alice, bob]) {
    await allow(device, `p-${device.name}`);
    await allow(device, "s1");
  }
  await server.run("admin:addToLimbo", { tag: "~admin1.limbo~" });
  const secret = await add(alice, "p-alice");
  const common = await add(alice, "s1");
  await shows(bob, "s1", [common]);
  // He asks for it in every way that there is.
  for (const space of ["p-alice", "limbo"]) {
    for (const name of ["misreport", "misplace"]) {
      // What a function itself throws is told to its caller as it is; what Bothy finds wrong with it names no value.
      expect(tagsIn(await callGuarded(bob, name, space))).toEqual([]);
    }
    for (const name of ["peek", "peekOrFail", "misread"] as const) {
      await expect.poll(() => ask(bob, name, space), { timeout: 20_000 }).toMatch(/"status":"(ok|error)"/);
      expect(tagsIn(await ask(bob, name, space))).toEqual([]);
    }
  }
  const own = await add(bob, "p-bob");
  const later = await add(alice, "p-alice");
  const last = await add(alice, "s1");
  await shows(bob, "s1", [common, last]);
  const sent = await sentTo(bob);
  expect([secret, later, "~admin1.limbo~"].filter((tag) => sent.has(tag))).toEqual([]);
  // The tap does see what was sent.
  expect(sent.has(common)).toBe(true);
  expect([...(await sentTo(alice))].filter((tag) => tag === own || tag.includes("limbo"))).toEqual([]);
  await forgets(bob, [secret, later, "~admin1.limbo~"]);
  const rejected = await bob.inTab((page) => page.evaluate(() => JSON.stringify(window.torture.rejected())));
  expect(rejected).toContain("guarded:misplace");
  expect(tagsIn(rejected).filter((tag) => tag !== "~none0.none~")).toEqual([]);
});

test("[C8] an item that comes into sight is sent from then on, and one that leaves it is not", async () => {
  const hidden = await add(alice, "p-alice");
  await move(alice, hidden, "p-alice", "s1");
  await expect.poll(async () => (await bob.shown(bob.tabs()[0] ?? "", "s1"))?.items).toContain(hidden);
  await move(alice, hidden, "s1", "p-alice");
  await expect.poll(async () => (await bob.shown(bob.tabs()[0] ?? "", "s1"))?.items).not.toContain(hidden);
  const before = recorder.lineCount;
  for (const [from, to] of [
    ["p-alice", "limbo"],
    ["limbo", "p-alice"],
  ] as const)
    await move(alice, hidden, from, to);
  const witness = await add(alice, "s1");
  await expect.poll(async () => (await bob.shown(bob.tabs()[0] ?? "", "s1"))?.items).toContain(witness);
  const lines = parseTorture((await readFile(file, "utf8")).replace(/[^\n]*$/, "")).slice(before);
  const sent = lines.flatMap((line) => (line.kind === "wire" && line.device === "bob" ? line.tags : []));
  expect(sent).toContain(witness);
  expect(sent).not.toContain(hidden);
});

test("[C8] [C9] what is taken away leaves rows, results of the server and storage, online and after an absence, and nothing newer comes", async () => {
  await allow(alice, "s2");
  await allow(bob, "s2");
  const first = await add(alice, "s2");
  await shows(bob, "s2", [first]);
  await expect.poll(() => ask(bob, "peek", "s2"), { timeout: 20_000 }).toContain(first);
  await expect.poll(() => ask(bob, "peekOrFail", "s2"), { timeout: 20_000 }).toContain(first);
  await expect.poll(async () => (await bob.storedTags())?.rows.includes(first), { timeout: 20_000 }).toBe(true);
  await forbid(bob, "s2");
  const after = await add(alice, "s2");
  await shows(bob, "s2", []);
  for (const name of ["peek", "peekOrFail"] as const) {
    await expect.poll(() => ask(bob, name, "s2"), { timeout: 20_000 }).not.toContain("~a");
  }
  await forgets(bob, [first, after]);
  expect((await sentTo(bob)).has(after)).toBe(false);

  await allow(bob, "s2");
  await shows(bob, "s2", [first, after]);
  await bob.kill();
  await forbid(bob, "s2");
  const away = await add(alice, "s2");
  await bob.start();
  await shows(bob, "s2", []);
  await forgets(bob, [first, after, away]);
  expect((await sentTo(bob)).has(away)).toBe(false);
});

test("[C8] the files of a browser that has ended hold nothing that was never to come", async () => {
  const secrets = [...(await sentTo(alice))].filter((tag) => tag.includes(".p-alice~"));
  expect(secrets.length).toBeGreaterThan(1);
  const never = secrets.filter((tag) => tag === secrets[0] || tag === secrets[1]);
  const [ofAlice, ofBob] = [alice.folder, bob.folder];
  await alice.close();
  await bob.close();
  expect(await filesWith(ofBob, [...never, "~admin1.limbo~"])).toEqual([]);
  // The same look finds what is there.
  expect(await filesWith(ofAlice, never)).not.toEqual([]);
});

/** The files of a profile's databases in which one of some texts stands, as bytes of one or of two per letter. */
async function filesWith(profile: string, texts: readonly string[]): Promise<string[]> {
  const root = join(profile, "Default", "IndexedDB");
  const found: string[] = [];
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path);
    if (texts.some((text) => bytes.includes(text) || bytes.includes(Buffer.from(text, "utf16le")))) found.push(path);
  }
  return found;
}
