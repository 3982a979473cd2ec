import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import type { Deployment } from "../deployment.ts";
import { byTestId, editReport, eventually, goTo, shownReports, startFieldlog, visit, whenOffline } from "./fieldlog.ts";
import { openProfile, removeProfiles, type Profile } from "./profile.ts";

let server: Deployment;
let ada: Profile;
let bo: Profile;

beforeAll(async () => {
  server = await startFieldlog();
  [ada, bo] = [await openProfile(), await openProfile()];
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

function bar(page: Page, chart: string, key: string) {
  return page.locator(`[data-testid=bar-${chart}][data-key="${key}"]`);
}

function countOf(page: Page, chart: string, key: string): Promise<string | null> {
  return bar(page, chart, key).getAttribute("data-count");
}

test("a bar narrows the charts and the reports beside them, by key as by click, and a second press takes it back", async () => {
  const { page } = ada;
  for (const each of [ada, bo]) await visit(each.page, server.url, ["AAA"]);
  await page.setViewportSize({ width: 1440, height: 900 });
  await goTo(page, server.url, "/charts");
  await eventually(() => countOf(page, "phase", "Climb"), "25");
  await bar(page, "phase", "Approach").focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await eventually(() => byTestId(page, "total-reports").textContent(), "25");
  await eventually(() => byTestId(page, "beside-row").count(), 25);
  // Its own chart keeps the other bars, so that a second can be chosen.
  expect(await countOf(page, "phase", "Climb")).toBe("25");
  await bar(page, "phase", "Climb").click();
  await eventually(() => byTestId(page, "total-reports").textContent(), "50");
  await bar(page, "phase", "Approach").click();
  await page.getByRole("button", { name: "Remove: Climb" }).click();
  await eventually(() => byTestId(page, "total-reports").textContent(), "100");
});

test("where there is no room beside the charts a bar leads to the list, and back to the charts with that bar chosen", async () => {
  const { page } = ada;
  await page.setViewportSize({ width: 390, height: 844 });
  await goTo(page, server.url, "/charts");
  await bar(page, "state", "NE").click();
  await byTestId(page, "report-row").first().waitFor();
  expect(new URL(page.url()).hash).toBe("#/reports?state=NE");
  await page.goBack();
  await eventually(() => bar(page, "state", "NE").getAttribute("aria-current"), "true");
  // The list itself names the way back, for whoever has installed the app and no button of a browser.
  await page.goForward();
  await byTestId(page, "show-charts").click();
  await eventually(() => bar(page, "state", "NE").getAttribute("aria-current"), "true");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});

test("a bar tells its number to the pointer that moves over it and to the keyboard, and not to a pointer at rest", async () => {
  const { page } = ada;
  const tip = page.locator(".tip");
  await page.setViewportSize({ width: 1440, height: 900 });
  await goTo(page, server.url, "/charts");
  const june = bar(page, "month", "6");
  await june.hover();
  await eventually(() => tip.count(), 1);
  await goTo(page, server.url, "/airports");
  await byTestId(page, "airport-row").first().waitFor();
  await goTo(page, server.url, "/charts");
  // The bar lies under the pointer again.
  await eventually(() => june.evaluate((element) => element.matches(":hover")), true);
  expect(await tip.count()).toBe(0);
  await page.mouse.move(0, 0);
  await bar(page, "month", "5").focus();
  await page.keyboard.press("ArrowRight");
  await eventually(() => tip.count(), 1);
});

test("bars follow what another browser writes, and the charts open without a server", async () => {
  const { page } = ada;
  await goTo(page, server.url, "/charts");
  await eventually(() => byTestId(page, "total-reports").textContent(), "100");
  await goTo(bo.page, server.url, "/reports");
  const [newest] = await shownReports(bo.page);
  const before = Number(await countOf(page, "month", "6"));
  await editReport(bo.page, server.url, newest?.id ?? "", { date: "2001-06-15" });
  await eventually(async () => Number(await countOf(page, "month", "6")), before + 1);
  await server.stop();
  await whenOffline(page);
  await page.goto("about:blank");
  await goTo(page, server.url, "/charts?month=6");
  await eventually(() => byTestId(page, "total-reports").textContent(), String(before + 1));
  expect([...ada.errors, ...bo.errors]).toEqual([]);
});
