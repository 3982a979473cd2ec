import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import type { Deployment } from "../deployment.ts";
import { byTestId, eventually, goTo, shownReports, startFieldlog, visit, whenOffline, whenSynced } from "./fieldlog.ts";
import { openProfile, removeProfiles, type Profile } from "./profile.ts";

let server: Deployment;
let profile: Profile;

beforeAll(async () => {
  server = await startFieldlog();
  profile = await openProfile({ viewport: { width: 1440, height: 900 } });
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

/** What the line above the list says of how many there are. */
function countLine(page: Page): Promise<string> {
  return page.locator(".list-head [role=status]").innerText();
}

/** The row that has the focus, by its place in the whole list. */
function focusedPlace(page: Page): Promise<string | null> {
  return page.evaluate(() => document.activeElement?.closest("li")?.getAttribute("aria-posinset") ?? null);
}

async function inList(page: Page): Promise<void> {
  await goTo(page, server.url, "/reports");
  await eventually(() => countLine(page), "200 reports");
  await byTestId(page, "report-row").first().focus();
}

test("each choice says how many reports it leaves, and leaves as many", async () => {
  const { page } = profile;
  await visit(page, server.url, ["AAA", "BBB"]);
  await inList(page);
  for (const [facet, choice] of [
    ["damage", "None"],
    ["phase", "Climb"],
    ["phase", "Approach"],
    ["damage", "Substantial"],
  ] as const) {
    const box = byTestId(page, `filter-${facet}-${choice}`);
    const wasAlone = (await byTestId(page, `facet-${facet}`).locator("input:checked").count()) === 0;
    const count = await page.locator("label.check", { has: box }).locator(".figure").innerText();
    await box.check();
    if (wasAlone) await eventually(() => countLine(page), `${count} reports of 200`);
  }
  const [, address = ""] = page.url().split("?");
  expect(Object.fromEntries(new URLSearchParams(address))).toEqual({
    damage: "None,Substantial",
    phase: "Climb,Approach",
  });
  await byTestId(page, "chips").getByRole("button", { name: "Remove: Climb" }).click();
  expect(await byTestId(page, "filter-phase-Climb").isChecked()).toBe(false);
  await byTestId(page, "clear-filters").click();
  await eventually(() => countLine(page), "200 reports");
});

test("arrow keys, Page, Home and End walk through the whole list, and the focused row is in sight", async () => {
  const { page } = profile;
  await inList(page);
  for (const [key, place] of [
    ["ArrowDown", "2"],
    ["ArrowDown", "3"],
    ["ArrowUp", "2"],
    ["End", "200"],
    ["ArrowDown", "200"],
    ["Home", "1"],
    ["j", "2"],
    ["k", "1"],
  ] as const) {
    await page.keyboard.press(key);
    await eventually(() => focusedPlace(page), place);
    expect(
      await page.evaluate(() => {
        const row = document.activeElement?.getBoundingClientRect();
        const list = document.querySelector("[data-testid=report-scroller]")?.getBoundingClientRect();
        return row !== undefined && list !== undefined && row.top >= list.top - 1 && row.bottom <= list.bottom + 1;
      }),
    ).toBe(true);
  }
  await page.keyboard.press("PageDown");
  expect(Number(await focusedPlace(page))).toBeGreaterThan(5);
  await page.keyboard.press("Enter");
  await byTestId(page, "report").waitFor();
  const opened = await byTestId(page, "report").getAttribute("data-report-id");
  await byTestId(page, "comment-input").focus();
  await page.keyboard.type("jnx?");
  expect(await byTestId(page, "comment-input").inputValue()).toBe("jnx?");
  await byTestId(page, "comment-input").fill("");
  await page.locator("article h1").focus();
  await page.keyboard.press("Escape");
  await eventually(() => page.evaluate(() => document.activeElement?.getAttribute("data-report-id")), opened);
});

test("single keys find, file, edit and close, and do nothing once they are switched off", async () => {
  const { page } = profile;
  await inList(page);
  await page.keyboard.press("/");
  await page.keyboard.type("kea or moa");
  await page.getByText("Nothing matches").waitFor();
  expect(await countLine(page)).toBe("0 reports of 200");
  await page.keyboard.press("Escape");
  await eventually(() => countLine(page), "200 reports");
  await page.keyboard.press("Escape");
  await eventually(() => focusedPlace(page), "1");
  await page.keyboard.press("n");
  await byTestId(page, "report-form").waitFor();
  await inList(page);
  await page.keyboard.press("e");
  await byTestId(page, "report-form").waitFor();
  await inList(page);
  const row = byTestId(page, "report-row").first();
  await page.keyboard.press("c");
  await eventually(() => row.getAttribute("data-status"), "closed");
  // What is closed can't be edited: it says so, with the way out, and no form opens.
  await row.focus();
  await page.keyboard.press("e");
  await byTestId(page, "deed").getByText("is closed, so it can’t be edited.").waitFor();
  expect(await byTestId(page, "report-form").count()).toBe(0);
  await byTestId(page, "undo").click();
  await eventually(() => row.getAttribute("data-status"), "open");
  await byTestId(page, "deed").getByText("reopened.").waitFor();

  await row.focus();
  await page.keyboard.press("?");
  await byTestId(page, "shortcuts-on").uncheck();
  await page.keyboard.press("Escape");
  await eventually(() => focusedPlace(page), "1");
  for (const key of ["c", "n", "x", "?"]) await page.keyboard.press(key);
  expect(await row.getAttribute("data-status")).toBe("open");
  expect(await byTestId(page, "row-select").first().isChecked()).toBe(false);
  await page.reload();
  await byTestId(page, "shortcut-help").click();
  expect(await byTestId(page, "shortcuts-on").isChecked()).toBe(false);
  await byTestId(page, "shortcuts-on").check();
  await page.keyboard.press("Escape");
});

test("rows are selected by keys and by ranges, and closed together: what waits is said on each until it is sent", async () => {
  const { page, context } = profile;
  await inList(page);
  await page.keyboard.press("x");
  for (let step = 0; step < 3; step++) await page.keyboard.press("Shift+ArrowDown");
  await eventually(() => countLine(page), "4 selected");
  await page.keyboard.press("Shift+ArrowUp");
  await eventually(() => countLine(page), "3 selected");
  const ids = (await shownReports(page)).slice(0, 3).map(({ id }) => id);
  await goTo(page, server.url, `/reports/${ids[1]}`);
  await byTestId(page, "review-report").click();
  await eventually(() => byTestId(page, "status").innerText(), "Reviewed");
  await whenSynced(page);
  await context.setOffline(true);
  await whenOffline(page);
  await page.keyboard.press("c");
  await byTestId(page, "close-many").getByText("Close 3 reports?").waitFor();
  await byTestId(page, "close-many-go").click();
  for (const id of ids) {
    await page
      .locator(`[data-testid=report-row][data-report-id="${id}"][data-status=closed][data-pending=true]`)
      .waitFor();
  }
  expect(await byTestId(page, "connection").getAttribute("data-pending")).toBe("1");
  await context.setOffline(false);
  await whenSynced(page);
  for (const reportId of ids)
    expect(await server.run("shared/reports:get", { reportId })).toMatchObject({ status: "closed" });
  // Right after, all of it is taken back with one press: only those three, and each to where it stood.
  await byTestId(page, "deed").getByText("3 reports closed.").waitFor();
  await byTestId(page, "deed").getByRole("button", { name: "Reopen them" }).click();
  await byTestId(page, "deed").getByText("3 reports reopened.").waitFor();
  await whenSynced(page);
  for (const [place, reportId] of ids.entries()) {
    const status = place === 1 ? "reviewed" : "open";
    expect(await server.run("shared/reports:get", { reportId })).toMatchObject({ status });
  }
  await byTestId(page, "report-row").first().focus();
  await page.keyboard.press("Control+a");
  await eventually(() => countLine(page), "200 selected");
  await page.keyboard.press("Escape");
  await eventually(() => countLine(page), "200 reports");
});

test("a list that was scrolled stays where it is when a report comes in above", async () => {
  const { page } = profile;
  await inList(page);
  const scroller = byTestId(page, "report-scroller");
  await scroller.evaluate((element) => element.scrollTo(0, 3000));
  const seen = (): Promise<string | null> =>
    page.evaluate(() => {
      const list = document.querySelector("[data-testid=report-scroller]")?.getBoundingClientRect();
      if (list === undefined) return null;
      const at = document.elementFromPoint(list.left + 120, list.top + 100);
      return at?.closest("[data-report-id]")?.getAttribute("data-report-id") ?? null;
    });
  await eventually(async () => (await seen()) !== null, true);
  const before = await seen();
  const other = await profile.context.newPage();
  await goTo(other, server.url, "/reports/new");
  await byTestId(other, "field-species").fill("Snowy owl");
  await byTestId(other, "field-aircraft").fill("A-320");
  await byTestId(other, "field-operator").fill("NORTHERN AIR");
  await byTestId(other, "save").click();
  await byTestId(other, "report").waitFor();
  await eventually(() => countLine(page), "201 reports");
  expect(await seen()).toBe(before);
  await other.close();
  expect(profile.errors).toEqual([]);
});
