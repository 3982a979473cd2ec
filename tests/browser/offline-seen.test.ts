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
let ids: readonly string[] = [];

beforeAll(async () => {
  server = await startFieldlog();
  [ada, bo] = await Promise.all([openProfile(), openProfile()]);
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

const idAt = (place: number): string => ids[place] ?? "";

async function startServerAgain(): Promise<void> {
  server = await startFieldlog({ folder: server.folder, port: Number(new URL(server.url).port) });
}

const namesOf = (items: Locator): Promise<readonly (string | null)[]> =>
  items.evaluateAll((all) => all.map((item) => item.getAttribute("data-name")));

test("what waits is counted and listed with its age in the order of sending, and then among what was sent", async () => {
  const { page } = ada;
  for (const one of [ada, bo]) {
    await visit(one.page, server.url, ["AAA"]);
    await one.page.evaluate(() => navigator.serviceWorker.ready);
  }
  ids = (await shownReports(page)).map(({ id }) => id);
  await page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { seenStates: seen });
    const badge = document.querySelector("[data-testid=connection]");
    const note = (): unknown => seen.push(`${badge?.getAttribute("data-state")} ${badge?.getAttribute("data-shown")}`);
    if (badge) new MutationObserver(note).observe(badge, { attributes: true });
  });
  await server.stop();
  await eventually(() => byTestId(page, "connection").getAttribute("data-shown"), "offline");
  // The loss is shown a moment after it is known, because most are over by then.
  const states = await page.evaluate((): readonly string[] => Reflect.get(window, "seenStates"));
  expect(states).toContain("offline online");
  expect(states.at(-1)).toBe("offline offline");
  await editReport(page, server.url, idAt(0), { species: "Moa" });
  await byTestId(page, "comment-input").fill("Feathers only.");
  await byTestId(page, "comment-send").click();
  await eventually(() => byTestId(page, "connection-waits").innerText(), "2 waiting");
  await goTo(page, server.url, "/changes");
  const items = byTestId(page, "waiting-item");
  await eventually(() => namesOf(items), ["shared/reports:edit", "shared/comments:add"]);
  await items.first().getByText("Moa", { exact: true }).waitFor();
  await items.last().getByText("Feathers only.").waitFor();
  const age = items.first().locator(".change-when");
  const first = await age.innerText();
  expect(first).toMatch(/^\d+ s$/);
  await expect.poll(() => age.innerText(), { timeout: 10_000 }).not.toBe(first);
  await startServerAgain();
  await whenSynced(page);
  await eventually(() => items.count(), 0);
  await byTestId(page, "sent")
    .getByText(/changes sent just now/)
    .waitFor();
  expect((await namesOf(byTestId(page, "sent-item"))).slice(0, 2)).toEqual([
    "shared/comments:add",
    "shared/reports:edit",
  ]);
});

test("a rejected change stands under Changes with the server's reason; a discard can be taken back until one leaves", async () => {
  const { page } = ada;
  await server.stop();
  for (const one of [ada, bo]) await whenOffline(one.page);
  await editReport(page, server.url, idAt(1), { species: "Dodo" });
  await ada.context.setOffline(true);
  await startServerAgain();
  await goTo(bo.page, server.url, `/reports/${idAt(1)}`);
  await byTestId(bo.page, "close-report").click();
  await whenSynced(bo.page);
  await ada.context.setOffline(false);
  await whenSynced(page);
  await eventually(() => byTestId(page, "connection-trouble").innerText(), "1 rejected");
  await goTo(page, server.url, "/changes");
  const item = byTestId(page, "rejected-item");
  await item.getByText(/Refused: This report was closed by .* and can’t be edited/).waitFor();
  await byTestId(page, "discard").click();
  expect([await item.count(), await byTestId(page, "connection-trouble").count()]).toEqual([0, 0]);
  await page.keyboard.press("Enter");
  await item.waitFor();
  await byTestId(page, "discard").click();
  // Neither back nor gone for good after a reload in between.
  await page.reload();
  await byTestId(page, "discarded-item").waitFor();
  expect(await item.count()).toBe(0);
  await goTo(page, server.url, "/reports");
  await goTo(page, server.url, "/changes");
  await page.getByRole("heading", { name: "Waiting" }).or(page.getByText("Nothing waits")).waitFor();
  await eventually(() => byTestId(page, "discarded-item").count(), 0);
  expect(await item.count()).toBe(0);
});

test("a rejected edit is repaired beside what stands now: one field is left as it is, the report reopened on the spot", async () => {
  const { page } = ada;
  await ada.context.setOffline(true);
  await whenOffline(page);
  await editReport(page, server.url, idAt(4), { species: "Huia", costOther: "444" });
  await editReport(bo.page, server.url, idAt(4), { species: "Kakapo" });
  await byTestId(bo.page, "close-report").click();
  await whenSynced(bo.page);
  await ada.context.setOffline(false);
  await whenSynced(page);
  await goTo(page, server.url, "/changes");
  await byTestId(page, "edit").click();
  const species = byTestId(page, "repair-species");
  await species.getByText("Kakapo", { exact: true }).waitFor();
  expect(await byTestId(page, "field-species").inputValue()).toBe("Huia");
  await species.getByRole("button", { name: "Leave as it stands" }).click();
  await byTestId(page, "reopen-report").click();
  await byTestId(page, "field-costOther").fill("555");
  await byTestId(page, "field-costOther").press("Enter");
  await eventually(() => byTestId(page, "rejected-item").count(), 0);
  await whenSynced(page);
  const stored = await server.run("shared/reports:get", { reportId: idAt(4) });
  expect(stored).toMatchObject({ status: "open", species: "Kakapo", costOther: 555 });
});

test("working offline by choice holds in all windows and over a reload, and nothing is sent until one goes online", async () => {
  const { page } = ada;
  const other = await ada.context.newPage();
  await goTo(other, server.url, "/changes");
  await goTo(page, server.url, "/try");
  await byTestId(page, "work-offline").click();
  for (const tab of [page, other])
    await eventually(() => byTestId(tab, "connection").getAttribute("data-state"), "paused");
  await editReport(page, server.url, idAt(2), { costRepair: "321" });
  await page.reload();
  await eventually(() => byTestId(page, "connection").getAttribute("data-state"), "paused");
  expect(await server.run("shared/reports:get", { reportId: idAt(2) })).not.toMatchObject({ costRepair: 321 });
  await byTestId(other, "go-online").click();
  for (const tab of [page, other]) await whenSynced(tab);
  expect(await server.run("shared/reports:get", { reportId: idAt(2) })).toMatchObject({ costRepair: 321 });
  await other.close();
});

/** The steps of “Try it” that are ticked. */
function ticked(page: Page): Promise<readonly string[]> {
  return page
    .locator(".try-step[data-done=true]")
    .evaluateAll((steps) => steps.map((step) => step.getAttribute("data-testid")?.replace("step-", "") ?? ""));
}

test("the steps of “Try it” are ticked by what really happens, with a server that really stops", async () => {
  const { page } = bo;
  await goTo(page, server.url, "/try");
  await byTestId(page, "step-cut").waitFor();
  expect(await ticked(page)).toEqual([]);
  await server.stop();
  await eventually(() => ticked(page), ["cut"]);
  await byTestId(page, "try-edit").click();
  await byTestId(page, "field-costOther").fill("77");
  await byTestId(page, "save").click();
  await byTestId(page, "report").waitFor();
  await goTo(page, server.url, "/try");
  await eventually(() => ticked(page), ["cut", "write"]);
  await eventually(
    () =>
      byTestId(page, "try-waiting")
        .innerText()
        .then((text) => text.slice(0, 8)),
    "1 change",
  );
  await page.reload();
  await eventually(() => ticked(page), ["cut", "write", "reload"]);
  await startServerAgain();
  await eventually(() => ticked(page), ["cut", "write", "reload", "back"]);
  await eventually(() => byTestId(page, "try-waiting").innerText(), "nothing");
  const second = await bo.context.newPage();
  for (const [tab, species] of [
    [page, "Kea"],
    [second, "Weka"],
  ] as const) {
    await goTo(tab, server.url, `/reports/${idAt(3)}/edit`);
    await byTestId(tab, "field-species").fill(species);
  }
  for (const tab of [page, second]) {
    await byTestId(tab, "save").click();
    await byTestId(tab, "report").waitFor();
  }
  await goTo(page, server.url, "/try");
  await eventually(() => ticked(page), ["cut", "write", "reload", "back", "second", "conflict"]);
  await byTestId(page, "try-done").waitFor();
  await goTo(page, server.url, "/changes");
  const conflict = byTestId(page, "conflict-item");
  await conflict.getByText(/Weka by .*, over Kea by /).waitFor();
  await conflict.getByRole("link").click();
  await eventually(() => byTestId(page, "report").getAttribute("data-report-id"), idAt(3));
  expect([...ada.errors, ...bo.errors]).toEqual([]);
});
