// `npm run pictures`: takes the pictures of the README from the built demo app as it really runs, into docs/images. Build
// first. The records are those of the seed, so another run differs only where the app does.

import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { chromium } from "playwright-core";
import { provideChromium } from "./chromium.mjs";
import { root } from "./run.mjs";

const port = 4799;
const url = `http://127.0.0.1:${port}`;
const readyWithinMs = 60_000;
const imageFolder = join(root, "docs", "images");

const folder = await mkdtemp(join(tmpdir(), "bothy-pictures-"));
const server = startServer();
const browser = await chromium.launch({ executablePath: await provideChromium(), args: ["--no-sandbox"] });
try {
  await whenReady();
  await takeDesktop();
  await takePhone();
} finally {
  await browser.close();
  const stopped = new Promise((resolve) => server.once("exit", resolve));
  server.kill("SIGTERM");
  await stopped;
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

/** By day: what did harm, and one report of it with what was said. */
async function takeDesktop() {
  const page = await openPage({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
  await page.goto(`${url}/#/reports?damage=Medium,Substantial&sort=cost`);
  await page.getByTestId("report-row").filter({ hasText: "Herring gull" }).first().click();
  await page
    .getByTestId("comment-input")
    .fill("Engine 2 is with the workshop. The flock has moved to the bay, north of 22L.");
  await page.getByTestId("comment-send").click();
  await page.getByTestId("comment").waitFor();
  await whenSynced(page);
  await show(page, "fieldlog-desktop.png");
}

/** By night and with no network: two changes that wait. */
async function takePhone() {
  const page = await openPage({
    viewport: { width: 390, height: 844 },
    deviceScaleFactor: 2,
    colorScheme: "dark",
    isMobile: true,
    hasTouch: true,
  });
  await page.goto(`${url}/#/reports`);
  await page.getByTestId("report-row").nth(1).click();
  await page.getByTestId("edit-report").click();
  await page.context().setOffline(true);
  await page.getByTestId("field-species").fill("Horned lark");
  await page.getByTestId("save").click();
  await page.getByRole("heading", { name: "Horned lark" }).waitFor();
  await page.getByTestId("comment-input").fill("Feathers found at the threshold of 17C.");
  await page.getByTestId("comment-send").click();
  await page.getByTestId("comment").waitFor();
  await page.goto(`${url}/#/reports`);
  await page.getByText("2 waiting").first().waitFor();
  // The badge believes a loss only after a moment.
  await page.locator("[data-testid=connection][data-shown=offline]").waitFor({ state: "attached" });
  await show(page, "fieldlog-phone.png");
}

/** A new visitor who follows three airports and has a name. */
async function openPage(options) {
  const context = await browser.newContext({ ...options, reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto(`${url}/#/airports`);
  for (const iata of ["DFW", "DEN", "JFK"]) {
    await page.getByTestId("airport-search").fill(iata);
    await page.locator(`[data-testid=airport-row][data-iata=${iata}]`).getByTestId("pick").click();
  }
  await page.goto(`${url}/#/you`);
  await page.getByTestId("display-name").fill("Maya Ortiz");
  await page.getByTestId("save").click();
  await page.goto(`${url}/#/reports`);
  await page.getByTestId("report-row").first().waitFor();
  await whenSynced(page);
  return page;
}

async function whenSynced(page) {
  await page.locator("[data-testid=connection][data-state=online][data-pending='0']").waitFor({ state: "attached" });
}

async function show(page, file) {
  // The pointer and the focus are where the last press was; the picture is of the app, not of the press.
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.activeElement?.blur());
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  await page.screenshot({ path: join(imageFolder, file) });
  await page.context().close();
  console.log(`docs/images/${file}`);
}

function startServer() {
  const fieldlog = join(root, "templates", "fieldlog");
  const bothy = join(root, "packages", "bothy-server", "bin", "bothy.js");
  const seed = join(fieldlog, "seed", "seed.mjs");
  const args = ["start", "--project-dir", fieldlog, "--folder", folder, "--port", String(port), "--seed", seed];
  return spawn(process.execPath, [bothy, ...args], { stdio: ["ignore", "ignore", "inherit"] });
}

async function whenReady() {
  for (const endMs = Date.now() + readyWithinMs; Date.now() < endMs; await wait(200)) {
    // Refused until it listens.
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok) return;
  }
  throw new Error(`The server did not answer on ${url}.`);
}
