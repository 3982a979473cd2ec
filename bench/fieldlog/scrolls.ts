import type { Page } from "playwright-core";
import type { Bench } from "../measurement.ts";
import { percentile } from "../statistics.ts";
import { show, type Row } from "../table.ts";
import { serveFloorPages } from "./floor-pages.ts";
import { openHolder, withPage } from "./holder.ts";
import type { Scrolled } from "./probe.ts";

/** A finger that reads, one that looks for something, one that flings. */
const speedsPxPerS: readonly number[] = [800, 4_000, 20_000];
const scrolledMs = 4_000;
const jumpCount = 120;

/** The list of 10,000 reports under a wheel at several speeds, and thrown to places far apart. */
export async function fieldlogScrolls({ folder }: Bench): Promise<Row[]> {
  const holder = await openHolder(folder);
  const floor = await serveFloorPages();
  try {
    const bare = await withPage({}, async ({ page }) => {
      await page.goto(`${floor.url}/scroll`);
      return scrollAll(page);
    });
    const listed = await withPage({ folder: holder.profileFolder }, async ({ page }) => {
      await page.goto(`${holder.url}/#/reports`);
      await page.getByText("10,000 reports").first().waitFor();
      return scrollAll(page);
    });
    return [...listed].map(([what, scrolled]) => rowOf(what, scrolled, bare.get(what)));
  } finally {
    await floor.close();
    await holder.stopServer();
  }
}

async function scrollAll(page: Page): Promise<ReadonlyMap<string, Scrolled>> {
  const results = new Map<string, Scrolled>();
  for (const speed of speedsPxPerS) {
    const timed = await recorded(page, false, () => wheel(page, speed));
    const { blankCount } = await recorded(page, true, () => wheel(page, speed));
    results.set(`wheel at ${show(speed, "px/s")}`, { ...timed, blankCount });
  }
  results.set("thrown to far places", await recorded(page, true, () => jump(page)));
  return results;
}

async function recorded(page: Page, isLookingForBlanks: boolean, scroll: () => Promise<void>): Promise<Scrolled> {
  await page.evaluate(() => window.probe.scrollTo(0));
  await page.evaluate(() => window.probe.nextPaint());
  await page.evaluate((look) => window.probe.startFrames(look), isLookingForBlanks);
  await scroll();
  return page.evaluate(() => window.probe.stopFrames());
}

/** Real input, as from a wheel, at a steady speed. */
async function wheel(page: Page, speedPxPerS: number): Promise<void> {
  const { x, y } = await page.evaluate(() => window.probe.listCenter());
  const session = await page.context().newCDPSession(page);
  await session.send("Input.synthesizeScrollGesture", {
    x,
    y,
    yDistance: -(speedPxPerS * scrolledMs) / 1_000,
    speed: speedPxPerS,
    gestureSourceType: "mouse",
  });
  await session.detach();
}

/** As one drags the scroll bar: each frame another part of the list. */
async function jump(page: Page): Promise<void> {
  await page.evaluate(async (count) => {
    for (let k = 0; k < count; k++) {
      window.probe.scrollTo(((k * 7_919) % 9_000) * 68);
      await window.probe.nextPaint();
    }
  }, jumpCount);
}

function rowOf(what: string, { frameMs, longCount, blankCount }: Scrolled, bare: Scrolled | undefined): Row {
  const at = (share: number): string => percentile(frameMs, share).toFixed(1);
  const over = frameMs.filter((ms) => ms > 50).length;
  const floorMs = percentile(bare?.frameMs ?? [], 0.95);
  return {
    what: `fieldlog, 10,000 rows, ${what}: frames p50, p95, p99, worst; floor: p95 of a plain scroller`,
    bothy: `${at(0.5)}, ${at(0.95)}, ${at(0.99)}, ${at(1)} ms of ${frameMs.length}; ${over} over 50 ms, ${longCount} long, ${blankCount} partly blank`,
    floor: show(floorMs, "ms"),
    ratio: (percentile(frameMs, 0.95) / floorMs).toFixed(2),
    goal: "0 over 50 ms",
  };
}
