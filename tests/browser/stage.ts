import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { expect } from "vitest";
import type { BrowserContext, Page } from "playwright-core";
import { makeFolder, startDeployment, testApp, type Deployment, type DeploymentOptions } from "../deployment.ts";
import type {} from "./page/main.ts";

const pageSource = fileURLToPath(new URL("page/main.ts", import.meta.url));

/** How long clients may take to agree on a busy machine. */
const agreeWithinMs = 40_000;

let building: Promise<string> | undefined;

function stageFolder(): Promise<string> {
  building ??= buildStage();
  return building;
}

/** Starts the app of the suites with a page that a test drives from outside. */
export async function startStage(options: DeploymentOptions = {}): Promise<Deployment> {
  return startDeployment({ app: await stageFolder(), ...options });
}

/** An app's folder with the functions of the suites' app and that page as its front end. */
async function buildStage(): Promise<string> {
  const folder = await makeFolder();
  await symlink(join(testApp, "bothy"), join(folder, "bothy"));
  await mkdir(join(folder, "dist"));
  await writeFile(
    join(folder, "dist/index.html"),
    '<!doctype html><meta charset="utf-8"><title>Stage</title><script type="module" src="/main.js"></script>',
  );
  const outfile = join(folder, "dist/main.js");
  await build({ entryPoints: [pageSource], outfile, bundle: true, format: "esm", target: "es2023" });
  return folder;
}

/** Gives a browser the page without the server, as a service worker would, so that it opens with no network. */
export async function keepStage(context: BrowserContext): Promise<void> {
  const folder = join(await stageFolder(), "dist");
  // A page that no server has sent counts as one of the open network, which may not call this machine by itself.
  await context.grantPermissions(["local-network-access"]);
  await context.route(/\/(main\.js)?$/, (route) => {
    const isScript = route.request().url().endsWith("/main.js");
    return route.fulfill({ path: join(folder, isScript ? "main.js" : "index.html") });
  });
}

/** Opens the page; its client can be called then, because modules run before a page counts as loaded. */
export async function openStage(page: Page, url: string): Promise<void> {
  await page.goto(url);
}

/** Joins a room and waits until the device holds it. */
export async function joinRoom(page: Page, room: string): Promise<void> {
  await page.evaluate((name) => window.stage.join(name), room);
  await expect
    .poll(() => page.evaluate((name) => window.stage.room(name).isComplete, room), { timeout: agreeWithinMs })
    .toBe(true);
}

/** Sends messages; resolves when each is durable on the device. */
export async function sendAll(page: Page, room: string, bodies: readonly string[]): Promise<void> {
  await page.evaluate(([name, list]) => window.stage.send(name, list), [room, bodies] as const);
}

/** What the page shows of a room, in its order. */
export function shownIn(page: Page, room: string): Promise<readonly string[]> {
  return page.evaluate((name) => window.stage.room(name).bodies, room);
}

/** Bodies as the server has them, in its order. */
export async function storedIn(server: Deployment, room: string): Promise<readonly string[]> {
  const messages = await server.run("server:allMessages", { room });
  if (!Array.isArray(messages)) throw new Error("The server gave no list.");
  return messages.map((message: { readonly body: string }) => message.body);
}

/** Waits until page and server show the same messages in the same order, and these are the given ones, each once. */
export async function whenAgreed(
  page: Page,
  server: Deployment,
  room: string,
  bodies: readonly string[],
): Promise<void> {
  const stored = await storedIn(server, room);
  expect([...stored].sort()).toEqual([...bodies].sort());
  await expect.poll(() => shownIn(page, room), { timeout: agreeWithinMs, interval: 50 }).toEqual(stored);
}

/** Waits until the page has nothing left to send. */
export async function whenSettled(page: Page): Promise<void> {
  const read = (): Promise<unknown> =>
    page.evaluate(() => [window.stage.client.status.value.state, window.stage.client.outbox.value.length]);
  await expect.poll(read, { timeout: agreeWithinMs, interval: 50 }).toEqual(["online", 0]);
}

/** Waits until one of some tabs leads: which of them is first with the lock, or takes it from one that is slow to answer, is not ours to say. */
export async function whoLeads(
  tabs: readonly Page[],
): Promise<{ readonly leader: Page; readonly others: readonly Page[] }> {
  const read = (): Promise<readonly Page[]> => leadersOf(tabs);
  await expect.poll(async () => (await read()).length).toBe(1);
  const [leader] = await read();
  if (leader === undefined) throw new Error("The tab that led does so no longer.");
  return { leader, others: tabs.filter((tab) => tab !== leader) };
}

async function leadersOf(tabs: readonly Page[]): Promise<readonly Page[]> {
  const places = await Promise.all(tabs.map((tab) => tab.evaluate(() => window.stage.client.status.value.isLeader)));
  return tabs.filter((_, place) => places[place]);
}

/** Waits until the page shows exactly this of a room, in any order. */
export async function whenShown(page: Page, room: string, bodies: readonly string[]): Promise<void> {
  const read = async (): Promise<readonly string[]> => [...(await shownIn(page, room))].sort();
  await expect.poll(read, { timeout: agreeWithinMs, interval: 50 }).toEqual([...bodies].sort());
}

/** `count` different bodies. */
export function bodiesOf(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, place) => `${prefix}-${place}`);
}
