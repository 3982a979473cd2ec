import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import type { Locator, Page } from "playwright-core";
import { startDeployment, type Deployment, type DeploymentOptions } from "../deployment.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

/** The demo app. */
export const fieldlogApp: string = join(here, "../../templates/fieldlog");

/** A few airports and reports, made for these tests: see `seed.mjs`. */
const smallSeed = join(here, "seed.mjs");

/** How long a change may take to come from one browser to another on a busy machine. */
const seenWithinMs = 15_000;

/** Starts the demo app over a small database. */
export function startFieldlog(options: DeploymentOptions & { readonly seed?: string } = {}): Promise<Deployment> {
  const { seed = smallSeed, ...rest } = options;
  return startDeployment({ app: fieldlogApp, args: ["--seed", seed], ...rest });
}

/** Waits for a state of the page. */
export async function eventually(read: () => Promise<unknown>, expected: unknown): Promise<void> {
  await expect.poll(read, { timeout: seenWithinMs, interval: 50 }).toEqual(expected);
}

export function byTestId(page: Page, id: string): Locator {
  return page.getByTestId(id);
}

/** Opens the app and picks airports by their codes, as a person does on the first visit. */
export async function visit(page: Page, url: string, airports: readonly string[]): Promise<void> {
  await page.goto(`${url}/#/airports`);
  for (const iata of airports) {
    await page.getByTestId("airport-search").fill(iata);
    const row = page.locator(`[data-testid=airport-row][data-iata=${iata}]`);
    await row.getByTestId("pick").click();
    await eventually(() => row.getAttribute("data-picked"), "true");
  }
  await goTo(page, url, "/reports");
  await byTestId(page, "report-row").first().waitFor();
  await whenSynced(page);
}

/** Goes to a screen of the app without loading it anew. */
export async function goTo(page: Page, url: string, route: string): Promise<void> {
  await page.goto(`${url}/#${route}`);
}

/** Waits until everything written here is acknowledged. */
export async function whenSynced(page: Page): Promise<void> {
  const badge = byTestId(page, "connection");
  await eventually(
    async () => [await badge.getAttribute("data-state"), await badge.getAttribute("data-pending")],
    ["online", "0"],
  );
}

/** Waits until the page says that the server is out of reach. */
export async function whenOffline(page: Page): Promise<void> {
  await eventually(() => byTestId(page, "connection").getAttribute("data-state"), "offline");
}

/** Edits one field of a report that the page holds. */
export async function editReport(
  page: Page,
  url: string,
  id: string,
  fields: Readonly<Record<string, string>>,
): Promise<void> {
  await goTo(page, url, `/reports/${id}/edit`);
  for (const [name, text] of Object.entries(fields)) await byTestId(page, `field-${name}`).fill(text);
  await byTestId(page, "save").click();
  await byTestId(page, "report").waitFor();
}

/** The text of a fact of the report that is open. */
export function factOf(page: Page, name: string): Promise<string> {
  return page.locator(`[data-fact=${name}] dd`).first().innerText();
}

/** What the list of reports shows, from its top. */
export async function shownReports(
  page: Page,
): Promise<{ readonly id: string; readonly species: string; readonly date: string }[]> {
  return await page.locator("[data-testid=report-row]").evaluateAll((rows) =>
    rows.map((row) => ({
      id: row.getAttribute("data-report-id") ?? "",
      species: row.querySelector(".row-title")?.textContent ?? "",
      date: row.querySelector("time")?.getAttribute("datetime") ?? "",
    })),
  );
}
