import { afterAll, beforeAll, expect, test } from "vitest";
import type { Locator, Page } from "playwright-core";
import type { Deployment } from "../deployment.ts";
import {
  byTestId,
  editReport,
  eventually,
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
const rowOf = (page: Page, id: string): Locator => page.locator(`[data-testid=report-row][data-report-id="${id}"]`);
const factIn = (page: Page, field: string): Locator => page.locator(`[data-fact=${field}]`);

/** What says "Waiting" or "Rejected" on the row, and on these fields of the open report. */
async function marksOf(page: Page, id: string, fields: readonly string[]): Promise<readonly string[]> {
  const places = [rowOf(page, id), ...fields.map((field) => factIn(page, field))];
  const texts = await Promise.all(places.map((place) => place.first().innerText()));
  return texts.map((text) => /Waiting|Rejected/.exec(text)?.[0] ?? "");
}

test("what waits is marked on the row and on the field that was changed, also after a reload, until the server has it", async () => {
  for (const { page } of [ada, bo]) await visit(page, server.url, ["AAA"]);
  ids = (await shownReports(bo.page)).map(({ id }) => id);
  const fields = ["costRepair", "costOther", "operator"];
  await bo.page.evaluate(() => navigator.serviceWorker.ready);
  await bo.context.setOffline(true);
  await whenOffline(bo.page);
  await editReport(bo.page, server.url, idAt(0), { costRepair: "77", operator: "NORTHERN AIR" });
  await eventually(() => marksOf(bo.page, idAt(0), fields), ["Waiting", "Waiting", "", "Waiting"]);
  await bo.page.reload();
  await byTestId(bo.page, "report").waitFor();
  await eventually(() => marksOf(bo.page, idAt(0), fields), ["Waiting", "Waiting", "", "Waiting"]);
  // Nobody else is told of what waits here.
  await goTo(ada.page, server.url, `/reports/${idAt(0)}`);
  expect(await marksOf(ada.page, idAt(0), fields)).toEqual(["", "", "", ""]);
  await bo.context.setOffline(false);
  await whenSynced(bo.page);
  await eventually(() => marksOf(bo.page, idAt(0), fields), ["", "", "", ""]);
});

test("what was refused is marked on the row and on the field, with what was written and why not, also after a reload", async () => {
  const fields = ["costRepair", "costOther"];
  await bo.context.setOffline(true);
  await whenOffline(bo.page);
  await goTo(ada.page, server.url, `/reports/${idAt(1)}`);
  await byTestId(ada.page, "close-report").click();
  await whenSynced(ada.page);
  await editReport(bo.page, server.url, idAt(1), { costOther: "4242" });
  await bo.context.setOffline(false);
  await whenSynced(bo.page);
  await eventually(() => marksOf(bo.page, idAt(1), fields), ["Rejected", "", "Rejected"]);
  await bo.page.reload();
  await byTestId(bo.page, "report").waitFor();
  await eventually(() => marksOf(bo.page, idAt(1), fields), ["Rejected", "", "Rejected"]);
  const note = await factIn(bo.page, "costOther").innerText();
  expect(note).toContain("$4,242");
  expect(note).toMatch(/closed/);
  expect(await marksOf(ada.page, idAt(1), fields)).toEqual(["", "", ""]);
});

test("what was refused is discarded at its field: its marks go, here and after a reload, and come back if one undoes it", async () => {
  await factIn(bo.page, "costOther").getByTestId("discard").click();
  await eventually(() => marksOf(bo.page, idAt(1), ["costOther"]), ["", ""]);
  await byTestId(bo.page, "undo-discard").click();
  await eventually(() => marksOf(bo.page, idAt(1), ["costOther"]), ["Rejected", "Rejected"]);
  await factIn(bo.page, "costOther").getByTestId("discard").click();
  await eventually(() => marksOf(bo.page, idAt(1), ["costOther"]), ["", ""]);
  await bo.page.reload();
  await byTestId(bo.page, "report").waitFor();
  await whenSynced(bo.page);
  expect(await marksOf(bo.page, idAt(1), ["costOther"])).toEqual(["", ""]);
});

test("a report that was filed out of reach is marked until it is there, and its comment with it", async () => {
  await bo.context.setOffline(true);
  await whenOffline(bo.page);
  await goTo(bo.page, server.url, "/reports/new");
  await byTestId(bo.page, "field-species").fill("Snowy owl");
  await byTestId(bo.page, "field-aircraft").fill("A-320");
  await byTestId(bo.page, "field-operator").fill("NORTHERN AIR");
  await byTestId(bo.page, "save").click();
  await bo.page.getByRole("heading", { name: "Snowy owl", level: 1 }).waitFor();
  const id = (await byTestId(bo.page, "report").getAttribute("data-report-id")) ?? "";
  await byTestId(bo.page, "comment-input").fill("Feathers on runway 27.");
  await byTestId(bo.page, "comment-send").click();
  const comment = byTestId(bo.page, "comment").filter({ hasText: "Feathers on runway 27." });
  await comment.getByText("Waiting").waitFor();
  expect(await rowOf(bo.page, id).innerText()).toContain("Waiting");
  await bo.context.setOffline(false);
  await whenSynced(bo.page);
  await comment.getByText("Waiting").waitFor({ state: "detached" });
  expect(await rowOf(bo.page, id).innerText()).not.toContain("Waiting");
  expect([...ada.errors, ...bo.errors]).toEqual([]);
});
