import { afterAll, beforeAll, expect, test } from "vitest";
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
/** Reports of AAA, newest first. */
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

async function stopServer(): Promise<void> {
  await server.stop();
  for (const { page } of [ada, bo]) await whenOffline(page);
}

async function startServerAgain(): Promise<void> {
  server = await startFieldlog({ folder: server.folder, port: Number(new URL(server.url).port) });
}

test("[C7] two browsers see each other's changes without a reload", async () => {
  for (const { page } of [ada, bo]) await visit(page, server.url, ["AAA"]);
  ids = (await shownReports(ada.page)).map(({ id }) => id);
  await goTo(bo.page, server.url, `/reports/${idAt(0)}`);
  await editReport(ada.page, server.url, idAt(0), { species: "Nene", costRepair: "1234" });
  await bo.page.getByRole("heading", { name: "Nene" }).waitFor();
  await eventually(() => factOf(bo.page, "costRepair"), await factOf(ada.page, "costRepair"));
  await byTestId(bo.page, "comment-input").fill("Seen at 08:10.");
  await byTestId(bo.page, "comment-send").click();
  await byTestId(ada.page, "comment").filter({ hasText: "Seen at 08:10." }).waitFor();
  expect([...ada.errors, ...bo.errors]).toEqual([]);
});

test("[C7] offline edits of two devices converge once the server is back: different fields both last, the same field has one value", async () => {
  await stopServer();
  await editReport(ada.page, server.url, idAt(1), { species: "Kea", costRepair: "111" });
  await editReport(bo.page, server.url, idAt(1), { species: "Weka", costOther: "222" });
  expect(await byTestId(ada.page, "connection").getAttribute("data-pending")).toBe("1");
  expect(await factOf(ada.page, "costOther")).toBe("$0");
  await startServerAgain();
  for (const { page } of [ada, bo]) await whenSynced(page);
  for (const { page } of [ada, bo]) {
    await eventually(() => factOf(page, "costRepair"), "$111");
    await eventually(() => factOf(page, "costOther"), "$222");
  }
  await eventually(() => ada.page.locator("article h1").innerText(), await bo.page.locator("article h1").innerText());
  expect(["Kea", "Weka"]).toContain(await ada.page.locator("article h1").innerText());
});

test("[C7] the same when only the network of one browser is gone", async () => {
  await bo.context.setOffline(true);
  await whenOffline(bo.page);
  await editReport(ada.page, server.url, idAt(2), { costRepair: "333" });
  await editReport(bo.page, server.url, idAt(2), { costOther: "444" });
  await whenSynced(ada.page);
  expect(await byTestId(bo.page, "connection").getAttribute("data-pending")).toBe("1");
  await bo.context.setOffline(false);
  for (const { page } of [ada, bo]) {
    await whenSynced(page);
    await eventually(() => factOf(page, "costRepair"), "$333");
    await eventually(() => factOf(page, "costOther"), "$444");
  }
});

test("[C7] a form that was open while another device changed the report sends only what was typed into it", async () => {
  const row = bo.page.locator(`[data-testid=report-row][data-report-id="${idAt(6)}"]`);
  await goTo(bo.page, server.url, `/reports/${idAt(6)}/edit`);
  await byTestId(bo.page, "field-costOther").fill("666");
  await editReport(ada.page, server.url, idAt(6), { species: "Takahe", costRepair: "555" });
  await row.getByText("Takahe").waitFor();
  await byTestId(bo.page, "save").click();
  await bo.page.getByRole("heading", { name: "Takahe" }).waitFor();
  await whenSynced(bo.page);
  for (const { page } of [ada, bo]) {
    await eventually(() => factOf(page, "costOther"), "$666");
    expect(await factOf(page, "costRepair")).toBe("$555");
    expect(await page.locator("article h1").innerText()).toBe("Takahe");
  }
});

/** Bo edits a report that Ada has closed meanwhile; resolves once the refusal is listed. */
async function makeRefusedEdit(id: string, species: string): Promise<void> {
  await bo.context.setOffline(true);
  await whenOffline(bo.page);
  await goTo(ada.page, server.url, `/reports/${id}`);
  await byTestId(ada.page, "close-report").click();
  await whenSynced(ada.page);
  await editReport(bo.page, server.url, id, { species });
  // Shown at once, and marked as waiting, because this device has not seen the closing.
  await bo.page.getByRole("heading", { name: species }).waitFor();
  await bo.page.locator(`[data-testid=report-row][data-report-id="${id}"][data-pending=true]`).waitFor();
  await bo.context.setOffline(false);
  await whenSynced(bo.page);
}

test("[C6] an edit of a report that another device had closed is rolled back and listed; its retry is refused as well", async () => {
  const id = idAt(3);
  await goTo(bo.page, server.url, `/reports/${id}`);
  const before = await bo.page.locator("article h1").innerText();
  await makeRefusedEdit(id, "Moa");
  await bo.page.getByRole("heading", { name: before }).waitFor();
  await eventually(() => byTestId(bo.page, "status").innerText(), "Closed");
  await goTo(bo.page, server.url, "/changes");
  const item = byTestId(bo.page, "rejected-item");
  await item.getByText("Moa", { exact: true }).waitFor();
  expect(await item.count()).toBe(1);
  await item.getByTestId("retry").click();
  await bo.page.getByRole("alert").waitFor();
  await item.getByText("Moa", { exact: true }).waitFor();
  expect(await ada.page.locator("article h1").innerText()).toBe(before);
  // Not listed on the device that did nothing wrong, and still listed after a reload.
  await goTo(ada.page, server.url, "/changes");
  expect(await byTestId(ada.page, "rejected-item").count()).toBe(0);
  await bo.page.reload();
  await item.getByText("Moa", { exact: true }).waitFor();
});

test("[C6] a refused edit is made again as it is, or repaired, once the report is open again", async () => {
  await goTo(ada.page, server.url, `/reports/${idAt(3)}`);
  await byTestId(ada.page, "reopen-report").click();
  await whenSynced(ada.page);
  await goTo(bo.page, server.url, `/reports/${idAt(3)}`);
  await eventually(() => byTestId(bo.page, "status").innerText(), "Open");
  await goTo(bo.page, server.url, "/changes");
  await byTestId(bo.page, "retry").click();
  await eventually(() => byTestId(bo.page, "rejected-item").count(), 0);
  await ada.page.getByRole("heading", { name: "Moa" }).waitFor();

  await makeRefusedEdit(idAt(4), "Huia");
  await byTestId(ada.page, "reopen-report").click();
  await whenSynced(ada.page);
  await eventually(() => byTestId(bo.page, "status").innerText(), "Open");
  await goTo(bo.page, server.url, "/changes");
  await byTestId(bo.page, "edit").click();
  expect(await byTestId(bo.page, "field-species").inputValue()).toBe("Huia");
  await byTestId(bo.page, "field-species").fill("Huia, feather only");
  await byTestId(bo.page, "save").click();
  await ada.page.getByRole("heading", { name: "Huia, feather only" }).waitFor();
  await eventually(() => byTestId(bo.page, "rejected-item").count(), 0);
});

test("[C6] a refused edit that is discarded is gone, here and after a reload", async () => {
  await goTo(ada.page, server.url, `/reports/${idAt(5)}`);
  const before = await ada.page.locator("article h1").innerText();
  await makeRefusedEdit(idAt(5), "Dodo");
  await goTo(bo.page, server.url, "/changes");
  await byTestId(bo.page, "discard").click();
  await eventually(() => byTestId(bo.page, "rejected-item").count(), 0);
  await bo.page.reload();
  await bo.page.getByRole("heading", { name: "Changes" }).waitFor();
  await whenSynced(bo.page);
  expect(await byTestId(bo.page, "rejected-item").count()).toBe(0);
  await goTo(bo.page, server.url, `/reports/${idAt(5)}`);
  await bo.page.getByRole("heading", { name: before }).waitFor();
  expect([...ada.errors, ...bo.errors]).toEqual([]);
});
