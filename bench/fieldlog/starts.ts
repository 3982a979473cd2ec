import type { Page } from "playwright-core";
import type { Bench } from "../measurement.ts";
import { percentile } from "../statistics.ts";
import { show, type Row } from "../table.ts";
import { serveFloorPages } from "./floor-pages.ts";
import { openHolder, withPage } from "./holder.ts";
import type { LoadFigures } from "./probe.ts";

const runCount = 5;

interface Start extends LoadFigures {
  readonly firstRowMs: number;
}

/** Starts of the demo that holds 10,000 reports: a first visit, and later ones with the server stopped. */
export async function fieldlogStarts({ folder }: Bench): Promise<Row[]> {
  const holder = await openHolder(folder);
  const floor = await serveFloorPages();
  const profile = { folder: holder.profileFolder };
  const starts = { first: [] as Start[], cold: [] as Start[], warm: [] as Start[] };
  const floors = { first: [] as Start[], cold: [] as Start[], warm: [] as Start[] };
  try {
    for (let run = 0; run < runCount; run++) {
      starts.first.push(await withPage({}, ({ page }) => firstVisit(page, `${holder.url}/#/airports`)));
      floors.first.push(await withPage({}, ({ page }) => startOf(page, floor.url)));
    }
    await withPage(profile, async ({ page }) => {
      await page.goto(floor.url);
      await page.evaluate(() => navigator.serviceWorker.ready);
    });
    await holder.stopServer();
    await floor.close();
    for (let run = 0; run < runCount; run++) {
      const [cold, warm] = await withPage(profile, ({ page }) => startTwice(page, `${holder.url}/#/reports`));
      const [coldFloor, warmFloor] = await withPage(profile, ({ page }) => startTwice(page, floor.url));
      starts.cold.push(cold);
      starts.warm.push(warm);
      floors.cold.push(coldFloor);
      floors.warm.push(warmFloor);
    }
  } finally {
    await holder.stopServer();
  }
  const second = "second visit, server stopped";
  return [
    row("first visit: airports can be picked", starts.first, floors.first),
    ...figureRows("first visit", starts.first),
    row(`${second}, browser just started: first reports`, starts.cold, floors.cold),
    row(`${second}, browser open: first reports`, starts.warm, floors.warm),
    ...figureRows(second, starts.warm),
  ];
}

async function startTwice(page: Page, url: string): Promise<readonly [Start, Start]> {
  const cold = await startOf(page, url);
  await page.reload();
  return [cold, await read(page, await page.evaluate(() => window.probe.firstRow))];
}

async function startOf(page: Page, url: string): Promise<Start> {
  await page.goto(url);
  return read(page, await page.evaluate(() => window.probe.firstRow));
}

/** Nothing is held yet: the first thing to be done is to pick an airport. */
async function firstVisit(page: Page, url: string): Promise<Start> {
  await page.goto(url);
  const shown = page.evaluate(() => window.probe.whenShown("[data-testid=pick]"));
  return read(page, await shown);
}

/** How long a page is left alone before it is asked: what is late still counts. */
const restMs = 1_000;

async function read(page: Page, firstRowMs: number): Promise<Start> {
  await page.waitForTimeout(restMs);
  return { firstRowMs, ...(await page.evaluate(() => window.probe.figures())) };
}

function row(what: string, starts: readonly Start[], floors: readonly Start[]): Row {
  const middle = (all: readonly Start[], share: number): number =>
    percentile(
      all.map(({ firstRowMs }) => firstRowMs),
      share,
    );
  return {
    what: `fieldlog ${what}, p50 and worst of ${starts.length}; floor: a static page`,
    bothy: `${show(middle(starts, 0.5), "ms")}, ${show(middle(starts, 1), "ms")}`,
    floor: show(middle(floors, 0.5), "ms"),
    ratio: (middle(starts, 0.5) / middle(floors, 0.5)).toFixed(1),
    goal: "",
  };
}

function figureRows(when: string, starts: readonly Start[]): Row[] {
  const middle = (of: (start: Start) => number): number => percentile(starts.map(of), 0.5);
  const ms = (of: (start: Start) => number): string => show(middle(of), "ms");
  const line = (what: string, bothy: string): Row => ({
    what: `  ${when}: ${what}`,
    bothy,
    floor: "",
    ratio: "",
    goal: "",
  });
  return [
    line(
      "first contentful paint",
      ms((start) => start.firstPaintMs),
    ),
    line(
      "largest contentful paint",
      ms((start) => start.largestPaintMs),
    ),
    line(
      "blocked by long tasks",
      ms((start) => start.blockedMs),
    ),
    line("cumulative layout shift", middle((start) => start.layoutShift).toFixed(3)),
  ];
}
