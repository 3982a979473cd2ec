import { afterAll, beforeAll, expect, test } from "vitest";
import type { Deployment } from "../deployment.ts";
import { byTestId, eventually, factOf, goTo, shownReports, startFieldlog, whenSynced } from "./fieldlog.ts";
import { openProfile, removeProfiles, type Profile } from "./profile.ts";

let server: Deployment;
let profile: Profile;

beforeAll(async () => {
  server = await startFieldlog();
  profile = await openProfile();
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

test("a first visit leads from the choice of an airport to its reports, newest first", async () => {
  const { page } = profile;
  await page.goto(server.url);
  await page.getByRole("link", { name: "Choose airports" }).click();
  await byTestId(page, "airport-search").fill("alder");
  await eventually(() => byTestId(page, "airport-row").count(), 1);
  await byTestId(page, "pick").click();
  await page.getByRole("link", { name: "Show reports of 1 airport" }).click();
  await byTestId(page, "report-row").first().waitFor();
  await page.locator(".list-head", { hasText: /^100 reports/ }).waitFor();
  const dates = (await shownReports(page)).map(({ date }) => date);
  expect(dates.length).toBeGreaterThan(5);
  expect(dates).toEqual(dates.toSorted().toReversed());
  expect(profile.errors).toEqual([]);
});

test("filters narrow the list, and the address keeps them", async () => {
  const { page } = profile;
  await byTestId(page, "filter-find").fill("hawk");
  await page.locator(".list-head", { hasText: /^20 reports/ }).waitFor();
  for (const { species } of await shownReports(page)) expect(species).toBe("Hawk");
  await byTestId(page, "filters-toggle").click();
  await byTestId(page, "facet-size").click();
  await byTestId(page, "filter-size-Large").check();
  await byTestId(page, "filter-from").fill("2001-06-01");
  await eventually(async () => new Set((await shownReports(page)).map(({ species }) => species)).size, 1);
  const narrowed = await page.locator(".list-head span").first().innerText();
  await page.reload();
  await page.locator(".list-head", { hasText: narrowed }).waitFor();
  expect((await shownReports(page)).every(({ date }) => date >= "2001-06-01")).toBe(true);
  await goTo(page, server.url, "/reports");
  await page.locator(".list-head", { hasText: /^100 reports/ }).waitFor();
});

test("before the first contact with the server there is nobody to name, and the screen says so", async () => {
  const { page } = await openProfile();
  let isReachable = false;
  await page.routeWebSocket(/\/api\/sync/u, async (socket) => {
    if (isReachable) socket.connectToServer();
    else await socket.close();
  });
  await goTo(page, server.url, "/you");
  await page.getByText("Can be set once this device has reached the server.").waitFor();
  expect(await byTestId(page, "save").isDisabled()).toBe(true);
  isReachable = true;
  await byTestId(page, "display-name").fill("Ben Ode");
  // Waits until it can be pressed: with the first contact, by itself.
  await byTestId(page, "save").click();
  await page.getByText("Kept.").waitFor();
});

test("a name is set, and stands with what is written from then on", async () => {
  const { page } = profile;
  await goTo(page, server.url, "/you");
  await byTestId(page, "display-name").fill("Ada Lund");
  await byTestId(page, "save").click();
  await page.getByText("Kept.").waitFor();
  await goTo(page, server.url, "/reports");
  await byTestId(page, "report-row").nth(2).click();
  await byTestId(page, "comment-input").fill("Feathers found on runway 27.");
  await byTestId(page, "comment-send").click();
  const comment = byTestId(page, "comment").filter({ hasText: "Feathers found" });
  await comment.waitFor();
  // To its author it is their own; to everybody else it stands under the name.
  expect(await comment.innerText()).toContain("You");
  await whenSynced(page);
  const reportId = await byTestId(page, "report").getAttribute("data-report-id");
  expect(await server.run("shared/comments:list", { reportId })).toMatchObject([{ authorName: "Ada Lund" }]);
});

test("a report is edited, filed and closed, and all of it is there after a reload", async () => {
  const { page } = profile;
  const edited = await byTestId(page, "report").getAttribute("data-report-id");
  await byTestId(page, "edit-report").click();
  await byTestId(page, "field-species").fill("Sandhill crane");
  await byTestId(page, "save").click();
  await page.getByRole("heading", { name: "Sandhill crane" }).waitFor();

  await byTestId(page, "new-report").click();
  await byTestId(page, "field-species").fill("Snowy owl");
  await byTestId(page, "field-aircraft").fill("A-320");
  await byTestId(page, "field-operator").fill("NORTHERN AIR");
  await byTestId(page, "save").click();
  await page.getByRole("heading", { name: "Snowy owl" }).waitFor();
  await eventually(() => page.title().then((title) => title.split(",")[0]), "Snowy owl");
  const filed = await byTestId(page, "report").getAttribute("data-report-id");
  expect((await shownReports(page))[0]).toMatchObject({ id: filed, species: "Snowy owl" });

  await byTestId(page, "close-report").click();
  await eventually(() => byTestId(page, "status").innerText(), "Closed");
  await whenSynced(page);
  await page.reload();
  await page.getByRole("heading", { name: "Snowy owl" }).waitFor();
  expect(await byTestId(page, "status").innerText()).toBe("Closed");
  expect(await byTestId(page, "edit-report").count()).toBe(0);
  expect(await factOf(page, "operator")).toBe("NORTHERN AIR");
  await goTo(page, server.url, `/reports/${edited}`);
  await page.getByRole("heading", { name: "Sandhill crane" }).waitFor();
  await byTestId(page, "comment").filter({ hasText: "Feathers found" }).waitFor();
  expect(profile.errors).toEqual([]);
});
