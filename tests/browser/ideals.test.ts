// The seven ideals of local-first software (Kleppmann, Wiggins, van Hardenberg, McGranaghan, 2019), each as what a person would
// notice. Left out, because they are not built yet: files, search, undo, accounts and signing in (so a third device is a device
// of its own user that joins the same rooms), presence, rich text, encryption of columns, and a service worker that serves the
// page (the test gives it to the browser instead; the demo app has one, see offline.test.ts). That clients of other versions are
// served is tested by skew's own suites; revocation down to the disk by taint.test.ts and revocation.test.ts.

import { spawn } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createRandom } from "bothy/internal";
import { afterAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { makeFolder, runCommand, testApp, type Deployment } from "../deployment.ts";
import { collectFrames } from "./frames.ts";
import { openProfile, removeProfiles, type Profile } from "./profile.ts";
import {
  bodiesOf,
  joinRoom,
  keepStage,
  openStage,
  sendAll,
  shownIn,
  startStage,
  storedIn,
  whenAgreed,
  whenSettled,
  whenShown,
} from "./stage.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const servers: Deployment[] = [];

async function serve(options: Parameters<typeof startStage>[0] = {}): Promise<Deployment> {
  const server = await startStage(options);
  servers.push(server);
  return server;
}

function portOf({ url }: Deployment): number {
  return Number(new URL(url).port);
}

afterAll(async () => {
  await removeProfiles();
  for (const server of servers) await server.stop();
});

/** A device in a browser that has the page also without a server. */
async function device(server: Deployment, folder?: string): Promise<Profile> {
  const profile = await openProfile(folder === undefined ? {} : { folder });
  await keepStage(profile.context);
  await openStage(profile.page, server.url);
  return profile;
}

/** Removes the first message of a room that the page shows. */
function removeFirst(page: Page, body: string, room: string): Promise<void> {
  return page.evaluate(([text, name]) => window.stage.remove(name, text), [body, room] as const);
}

test("ideal 1, no spinners: a start without a network shows a thousand rows, and a change is shown in the next frame, with no request at all", async () => {
  const server = await serve();
  const first = await device(server);
  await joinRoom(first.page, "many");
  const bodies = bodiesOf("row", 1_000);
  await sendAll(first.page, "many", bodies);
  await whenSettled(first.page);
  await first.close();
  await server.kill();
  const again = await openProfile({
    folder: first.folder,
    initScript: () => {
      // A read that waited for the network would never come back.
      const never = (): never => {
        throw new Error("Nothing may be asked of the network.");
      };
      Object.assign(window, { fetch: never, XMLHttpRequest: never });
    },
  });
  await keepStage(again.context);
  await openStage(again.page, server.url);
  await whenShown(again.page, "many", bodies);
  // The tab has taken the lead by then, for which it reads the storage: what is changed meanwhile waits its turn.
  await again.page.waitForFunction(() => window.stage.client.status.value.state === "offline");
  const isShownInNextFrame = await again.page.evaluate(async () => {
    const stored = window.stage.send("many", ["new"]);
    await new Promise(requestAnimationFrame);
    const { bodies: shown } = window.stage.room("many");
    await stored;
    return shown.includes("new");
  });
  expect(isShownInNextFrame).toBe(true);
  expect(again.errors).toEqual([]);
  await again.close();
});

test("ideal 2, not trapped on one device: devices that wrote while one was away come to the same, and so does a third", async () => {
  const server = await serve();
  const [a, b] = [await device(server), await device(server)];
  for (const { page } of [a, b]) await joinRoom(page, "both");
  await a.context.setOffline(true);
  const [ours, theirs] = [bodiesOf("a", 100), bodiesOf("b", 100)];
  await sendAll(a.page, "both", ours);
  await sendAll(b.page, "both", theirs);
  await a.context.setOffline(false);
  for (const { page } of [a, b]) await whenSettled(page);
  const c = await device(server);
  await joinRoom(c.page, "both");
  for (const { page } of [a, b, c]) await whenAgreed(page, server, "both", [...ours, ...theirs]);
  expect(await shownIn(c.page, "both")).toEqual(await shownIn(a.page, "both"));
  for (const one of [a, b, c]) await one.close();
});

test("ideal 3, the network is optional: from a cold start without one, everything can be done, and arrives once", async () => {
  const server = await serve();
  const before = await device(server);
  await joinRoom(before.page, "field");
  await sendAll(before.page, "field", ["kept", "edited", "removed"]);
  await whenSettled(before.page);
  const user = await before.page.evaluate(() => window.stage.client.status.value.identity?.tokenIdentifier);
  await before.close();
  await server.kill();

  let one = await device(server, before.folder);
  await one.page.waitForFunction(() => window.stage.client.status.value.identity !== null);
  expect(await one.page.evaluate(() => window.stage.client.status.value.identity?.tokenIdentifier)).toBe(user);
  await whenShown(one.page, "field", ["kept", "edited", "removed"]);
  await sendAll(one.page, "field", ["created"]);
  expect(await one.page.evaluate(() => window.stage.edit("field", "edited", "edited here"))).toBe(true);
  await removeFirst(one.page, "removed", "field");
  const after = ["kept", "edited here", "created"];
  await whenShown(one.page, "field", after);
  const tab = await one.context.newPage();
  await openStage(tab, server.url);
  await whenShown(tab, "field", after);
  await sendAll(tab, "field", ["in another tab"]);
  await whenShown(one.page, "field", [...after, "in another tab"]);
  await one.page.reload();
  await whenShown(one.page, "field", [...after, "in another tab"]);
  await sendAll(one.page, "field", ["before the end"]);
  await one.kill();
  const all = [...after, "in another tab", "before the end"];
  one = await device(server, before.folder);
  await whenShown(one.page, "field", all);
  const back = await serve({ folder: server.folder, port: portOf(server) });
  await whenSettled(one.page);
  await whenAgreed(one.page, back, "field", all);
  await one.close();
});

test("ideal 4, collaboration: what the server's function refuses is told to its author, and everybody comes to the same", async () => {
  const server = await serve();
  const [a, b] = [await device(server), await device(server)];
  for (const { page } of [a, b]) await joinRoom(page, "desk");
  await sendAll(a.page, "desk", ["draft"]);
  await whenSettled(a.page);
  await whenShown(b.page, "desk", ["draft"]);
  await b.context.setOffline(true);
  expect(await b.page.evaluate(() => window.stage.edit("desk", "draft", "too late"))).toBe(true);
  await whenShown(b.page, "desk", ["too late"]);
  await a.page.evaluate(() => window.stage.close("desk", "draft"));
  await whenSettled(a.page);
  await b.context.setOffline(false);
  await expect
    .poll(() => b.page.evaluate(() => window.stage.client.rejected.value.map(({ name }) => name)), { timeout: 20_000 })
    .toEqual(["shared/messages:edit"]);
  for (const { page } of [a, b]) await whenAgreed(page, server, "desk", ["draft"]);
  await a.close();
  await b.close();
});

test("ideal 5, the long now: without its server a device goes on and gives its data away as plain text, and a server comes back from its export", async () => {
  const server = await serve();
  const one = await device(server);
  await joinRoom(one.page, "archive");
  await sendAll(one.page, "archive", bodiesOf("old", 50));
  await whenSettled(one.page);
  const stored = await storedIn(server, "archive");
  const file = join(await makeFolder(), "export.zip");
  const exported = await runCommand(["export", file, "--json", "--project-dir", testApp, "--folder", server.folder]);
  expect(exported.code, exported.stderr).toBe(0);
  await server.kill();
  await rm(server.folder, { recursive: true, force: true });

  await one.kill();
  const again = await device(server, one.folder);
  await sendAll(again.page, "archive", ["written after the end"]);
  // All that an app needs to give its user everything: one line of JSON for each row of its queries.
  const lines = await again.page.evaluate(async () => {
    const rows = await window.stage.rows("archive");
    return rows.map((row) => JSON.stringify(row)).join("\n");
  });
  const bodies = lines.split("\n").map((line): unknown => JSON.parse(line).body);
  expect(bodies).toEqual([...stored, "written after the end"]);
  await again.close();

  const next = await serve();
  const imported = await runCommand(["import", file, "--json", "--project-dir", testApp, "--folder", next.folder]);
  expect(imported.code, imported.stderr).toBe(0);
  expect(await storedIn(next, "archive")).toEqual(stored);
});

test("[C8] ideal 6, privacy: whatever two users do, neither is sent anything of a room that they were not in when it was written or since", async () => {
  const server = await serve();
  const random = createRandom("ideal 6");
  const rooms = ["r1", "r2", "r3", "r4", "r5", "r6"];
  const people = [await openProfile(), await openProfile()].map((profile) => ({
    profile,
    frames: collectFrames(profile.page),
    isIn: new Set<string>(),
  }));
  for (const { profile } of people) await openStage(profile.page, server.url);
  /** Bodies that a person may not have been sent, since nobody has let them in after they were written. */
  const hidden = people.map(() => new Set<string>());
  let count = 0;
  for (let step = 0; step < 120; step++) {
    const at = Math.floor(random() * people.length);
    const room = rooms[Math.floor(random() * rooms.length)] ?? "";
    const person = people[at];
    if (person === undefined) throw new Error("There is nobody.");
    const { page } = person.profile;
    const draw = random();
    if (draw < 0.08 && !person.isIn.has(room)) {
      await page.evaluate((name) => window.stage.join(name), room);
      await whenSettled(page);
      person.isIn.add(room);
      for (const body of hidden[at] ?? []) if (body.startsWith(`${room}:`)) hidden[at]?.delete(body);
    } else if (draw < 0.2 && person.isIn.has(room)) {
      await page.evaluate((name) => window.stage.leave(name), room);
      await whenSettled(page);
      person.isIn.delete(room);
    } else {
      const body = `${room}:secret-${count++}.`;
      await sendAll(page, room, [body]);
      await whenSettled(page);
      for (const [other, { isIn }] of people.entries()) if (other !== at && !isIn.has(room)) hidden[other]?.add(body);
    }
  }
  expect(count).toBeGreaterThan(50);
  for (const [at, { frames, profile }] of people.entries()) {
    const text = frames
      .filter(({ from }) => from === "server")
      .map(({ text: one }) => one)
      .join("\n");
    expect([...(hidden[at] ?? [])].filter((body) => text.includes(body))).toEqual([]);
    expect((hidden[at] ?? new Set()).size).toBeGreaterThan(0);
    await profile.close();
  }
});

test("ideal 7, ownership: a server and its clients work on a machine that has no network but its own loopback", async (context) => {
  const suite = "tests/integration/client-in-node.test.ts";
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const command = `ip link set lo up && exec "${process.execPath}" "${vitest}" run --config vitest.built.config.ts --project integration ${suite}`;
  const { code, output } = await run("unshare", ["-rn", "bash", "-c", command]);
  if (/unshare: .*(not permitted|failed)/i.test(output))
    return context.skip("This machine lets nobody make a network of their own.");
  expect(code, output).toBe(0);
  expect(output).toMatch(/passed/);
});

async function run(command: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece: Buffer) => (output += piece.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output };
}
