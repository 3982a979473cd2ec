import type { Page } from "playwright-core";
import type { Bench } from "../measurement.ts";
import { startFloor } from "../processes.ts";
import { percentile } from "../statistics.ts";
import { show, type Row } from "../table.ts";
import { serveFloorPages } from "./floor-pages.ts";
import { openHolder, withPage } from "./holder.ts";

const roundCount = 12;

declare global {
  interface Window {
    /** Of the floor's page. */
    readonly listenTo: (url: string) => void;
    readonly connectTo: (url: string) => Promise<void>;
    readonly socket: WebSocket;
  }
}

/** A report saved in one browser until another one, which holds 10,000, shows it. */
export async function fieldlogLive({ folder }: Bench): Promise<Row[]> {
  const holder = await openHolder(folder);
  const pages = await serveFloorPages();
  const floor = await startFloor(folder, 0);
  try {
    const bare = await withPage({}, ({ page: reader }) =>
      withPage({}, ({ page: writer }) => hopAll(reader, writer, `${pages.url}/answer`, `ws://127.0.0.1:${floor.port}`)),
    );
    const [listed, drawn] = await withPage({ folder: holder.profileFolder }, ({ page: reader }) =>
      withPage({}, async ({ page: writer }) => {
        await pickOne(writer, holder.url);
        return [await untilListed(reader, writer, holder.url), await untilDrawn(reader, writer, holder.url)] as const;
      }),
    );
    return [rowOf("lists it", listed, bare), rowOf("has moved its bars", drawn, bare)];
  } finally {
    await pages.close();
    await floor.stop();
    await holder.stopServer();
  }
}

/** A message by a bare socket, from the key that sends it until the other browser has painted it. */
async function hopAll(reader: Page, writer: Page, url: string, socketUrl: string): Promise<number[]> {
  for (const page of [reader, writer]) await page.goto(url);
  await reader.evaluate((to) => window.listenTo(to), socketUrl);
  await writer.evaluate((to) => window.connectTo(to), socketUrl);
  const samples: number[] = [];
  for (let round = 0; round < roundCount; round++) {
    const text = `b${round}`;
    const seen = whenSeen(reader, "p", text);
    const sentMs = await writer.evaluate((message) => {
      window.socket.send(message);
      return performance.timeOrigin + performance.now();
    }, text);
    samples.push((await seen) - sentMs);
  }
  return samples;
}

async function pickOne(page: Page, url: string): Promise<void> {
  await page.goto(`${url}/#/airports`);
  await page.getByTestId("airport-search").fill("DFW");
  await page.getByTestId("pick").first().click();
}

async function untilListed(reader: Page, writer: Page, url: string): Promise<number[]> {
  await reader.goto(`${url}/#/reports`);
  await reader.getByText("10,000 reports").first().waitFor();
  const samples: number[] = [];
  for (let round = 0; round < roundCount; round++) {
    const species = `Bench bird ${round}`;
    const seen = whenSeen(reader, "[data-testid=report-row]", species);
    const savedMs = await file(writer, url, species);
    samples.push((await seen) - savedMs);
  }
  return samples;
}

async function untilDrawn(reader: Page, writer: Page, url: string): Promise<number[]> {
  await reader.goto(`${url}/#/charts`);
  await reader.getByRole("figure").first().waitFor();
  const samples: number[] = [];
  for (let round = 0; round < roundCount; round++) {
    await reader.evaluate(() => window.probe.expectDrawing());
    const savedMs = await file(writer, url, "Rock pigeon");
    samples.push((await reader.evaluate(() => window.probe.redrawn())) - savedMs);
  }
  return samples;
}

/** Files a report; resolves with the time, by the machine's clock, of the click that saved it. */
async function file(page: Page, url: string, species: string): Promise<number> {
  await page.goto(`${url}/#/reports/new`);
  await page.getByTestId("field-species").fill(species);
  await page.getByTestId("field-aircraft").fill("A-320");
  await page.getByTestId("field-operator").fill("BENCH");
  await page.evaluate(() => window.probe.expectAnswer("click"));
  await page.getByTestId("save").click();
  return (await page.evaluate(() => window.probe.answered())).atMs;
}

function rowOf(what: string, samples: readonly number[], bare: readonly number[]): Row {
  const at = (share: number): number => percentile(samples, share);
  return {
    what: `fieldlog, 10,000 reports, saved in one browser until another ${what}, p50, p95, worst of ${samples.length}; floor: a socket's hop`,
    bothy: `${show(at(0.5), "ms")}, ${show(at(0.95), "ms")}, ${show(at(1), "ms")}`,
    floor: show(percentile(bare, 0.5), "ms"),
    ratio: (at(0.5) / percentile(bare, 0.5)).toFixed(1),
    goal: "",
  };
}

/** The time, by the machine's clock, at which a text has been painted. */
async function whenSeen(page: Page, selector: string, text: string): Promise<number> {
  return page.evaluate(
    async ([where, what]) => performance.timeOrigin + (await window.probe.whenTextShown(where, what)),
    [selector, text] as const,
  );
}
