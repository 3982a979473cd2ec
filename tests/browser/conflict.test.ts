import { afterAll, beforeAll, expect, test } from "vitest";
import type { Locator, Page } from "playwright-core";
import type { Deployment } from "../deployment.ts";
import {
  byTestId,
  editReport,
  eventually,
  factOf,
  goTo,
  shownReports,
  startFieldlog,
  visit,
  whenOffline,
  whenSynced,
} from "./fieldlog.ts";
import { openProfile, removeProfiles, type Profile } from "./profile.ts";

let server: Deployment;
let ada: Profile;
let bo: Profile;
let ids: readonly string[];

beforeAll(async () => {
  server = await startFieldlog();
  [ada, bo] = [await openProfile(), await openProfile()];
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

const idAt = (place: number): string => ids[place] ?? "";

async function setName(page: Page, name: string): Promise<void> {
  await goTo(page, server.url, "/you");
  await byTestId(page, "display-name").fill(name);
  await byTestId(page, "save").click();
  await whenSynced(page);
}

/** Both edit the same report, Bo while out of reach, and are in step again; Bo's edit is the later one. */
async function editBoth(id: string, byAda: Record<string, string>, byBo: Record<string, string>): Promise<void> {
  await bo.context.setOffline(true);
  await whenOffline(bo.page);
  await editReport(ada.page, server.url, id, byAda);
  await whenSynced(ada.page);
  await editReport(bo.page, server.url, id, byBo);
  await bo.context.setOffline(false);
  await whenSynced(bo.page);
  for (const { page } of [ada, bo]) await goTo(page, server.url, `/reports/${id}`);
}

const conflictOf = (page: Page, field: string): Locator => byTestId(page, `conflict-${field}`);

/** What the history on the screen says, newest first. */
async function historyOf(page: Page): Promise<readonly string[]> {
  // The rows of the history may come a moment after the report.
  await byTestId(page, "act").first().waitFor();
  return await byTestId(page, "act").allInnerTexts();
}

test("of two edits of one field the later one stands, and both devices show who wrote what over whom", async () => {
  for (const { page } of [ada, bo]) await visit(page, server.url, ["AAA"]);
  await setName(ada.page, "Ada Lund");
  await setName(bo.page, "Bo Vik");
  await goTo(ada.page, server.url, "/reports");
  ids = (await shownReports(ada.page)).map(({ id }) => id);
  await editBoth(idAt(0), { costRepair: "111" }, { costRepair: "222", costOther: "9" });
  for (const { page } of [ada, bo]) {
    await conflictOf(page, "costRepair").waitFor();
    expect(await factOf(page, "costRepair")).toBe("$222");
    const text = await conflictOf(page, "costRepair").innerText();
    expect(text).toContain("$222");
    expect(text).toContain("$111");
    // The field that only one of them wrote is in no conflict.
    expect(await conflictOf(page, "costOther").count()).toBe(0);
    const acts = (await historyOf(page)).join("\n");
    for (const value of ["$111", "$222"]) expect(acts).toContain(value);
  }
  expect(await conflictOf(ada.page, "costRepair").innerText()).toContain("Bo Vik");
  expect(await conflictOf(bo.page, "costRepair").innerText()).toContain("Ada Lund");
});

test("a conflict is there after a reload, and is listed where one looks for what needs a decision", async () => {
  for (const { page } of [ada, bo]) {
    await page.reload();
    await conflictOf(page, "costRepair").waitFor();
    await goTo(page, server.url, "/changes");
    const listed = page.getByRole("region", { name: "Conflicts" }).getByRole("listitem");
    await expect.poll(() => listed.count()).toBe(1);
    await goTo(page, server.url, `/reports/${idAt(0)}`);
  }
});

test("what was replaced is taken back on one device: the field holds it again on both, and the conflict is gone from both", async () => {
  await conflictOf(ada.page, "costRepair").getByTestId("conflict-take").click();
  for (const { page } of [ada, bo]) {
    await eventually(() => factOf(page, "costRepair"), "$111");
    await eventually(() => conflictOf(page, "costRepair").count(), 0);
    const acts = (await historyOf(page)).join("\n");
    for (const value of ["$111", "$222"]) expect(acts).toContain(value);
  }
  await whenSynced(ada.page);
  expect(await server.run("shared/reports:get", { reportId: idAt(0) })).toMatchObject({
    costRepair: 111,
    costOther: 9,
  });
});

test("what stands is kept: the field stays as it is, and the conflict is gone from both, after a reload too", async () => {
  await editBoth(idAt(1), { species: "Kea" }, { species: "Weka" });
  for (const { page } of [ada, bo]) await conflictOf(page, "species").waitFor();
  await conflictOf(bo.page, "species").getByTestId("conflict-keep").click();
  for (const { page } of [ada, bo]) {
    await eventually(() => conflictOf(page, "species").count(), 0);
    expect(await page.locator("article h1").innerText()).toBe("Weka");
  }
  await whenSynced(bo.page);
  for (const { page } of [ada, bo]) {
    await page.reload();
    await page.getByRole("heading", { name: "Weka", level: 1 }).waitFor();
    expect(await conflictOf(page, "species").count()).toBe(0);
    expect((await historyOf(page)).join("\n")).toContain("Kea");
  }
});

test("a conflict is settled with no network, and stays settled for everybody", async () => {
  await editBoth(idAt(2), { costOther: "300" }, { costOther: "400" });
  for (const { page } of [ada, bo]) await conflictOf(page, "costOther").waitFor();
  await bo.context.setOffline(true);
  await whenOffline(bo.page);
  await conflictOf(bo.page, "costOther").getByTestId("conflict-take").click();
  await eventually(() => conflictOf(bo.page, "costOther").count(), 0);
  await eventually(() => factOf(bo.page, "costOther"), "$300");
  expect(await conflictOf(ada.page, "costOther").count()).toBe(1);
  await bo.context.setOffline(false);
  await whenSynced(bo.page);
  await eventually(() => conflictOf(ada.page, "costOther").count(), 0);
  await eventually(() => factOf(ada.page, "costOther"), "$300");
});

test("edits of the same value, and edits made one after the other, are no conflict", async () => {
  await editBoth(idAt(3), { costRepair: "555" }, { costRepair: "555" });
  for (const { page } of [ada, bo]) {
    await eventually(() => factOf(page, "costRepair"), "$555");
    expect(await conflictOf(page, "costRepair").count()).toBe(0);
  }
  await editReport(ada.page, server.url, idAt(3), { costRepair: "556" });
  await whenSynced(ada.page);
  await eventually(() => factOf(bo.page, "costRepair"), "$556");
  await editReport(bo.page, server.url, idAt(3), { costRepair: "557" });
  await whenSynced(bo.page);
  await eventually(() => factOf(ada.page, "costRepair"), "$557");
  for (const { page } of [ada, bo]) expect(await conflictOf(page, "costRepair").count()).toBe(0);
  expect([...ada.errors, ...bo.errors]).toEqual([]);
});
