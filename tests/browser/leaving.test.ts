import { afterAll, beforeAll, expect, test } from "vitest";
import type { Deployment } from "../deployment.ts";
import { byTestId, eventually, goTo, startFieldlog, visit, whenSynced } from "./fieldlog.ts";
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

test("two presses in a row file one report and say one thing", async () => {
  const { page } = profile;
  await visit(page, server.url, ["AAA"]);
  await byTestId(page, "report-row").first().click();
  const comments = byTestId(page, "comment");
  const before = await comments.count();
  await byTestId(page, "comment-input").fill("Feathers kept.");
  await byTestId(page, "comment-send").evaluate((button: HTMLElement) => {
    button.click();
    button.click();
  });
  await eventually(() => byTestId(page, "comment-input").inputValue(), "");
  await whenSynced(page);
  expect(await comments.count()).toBe(before + 1);

  await goTo(page, server.url, "/reports/new");
  for (const name of ["species", "aircraft", "operator"]) await byTestId(page, `field-${name}`).fill("Unknown kite");
  await byTestId(page, "save").evaluate((button: HTMLElement) => {
    button.click();
    button.click();
  });
  await byTestId(page, "report").waitFor();
  await whenSynced(page);
  await goTo(page, server.url, "/reports?find=Unknown+kite");
  await eventually(() => byTestId(page, "report-row").count(), 1);
});

test("what was typed and not saved goes with its author, in every tab", async () => {
  const { page, context } = profile;
  await goTo(page, server.url, "/reports/new");
  await byTestId(page, "field-species").fill("Half a heron");
  const second = await context.newPage();
  await second.goto(`${server.url}/#/reports/new`);
  await byTestId(second, "field-species").fill("Half a kite");
  const kept = await second.evaluate(() => Object.entries<string>(sessionStorage));
  expect(kept.join()).toContain("Half a kite");
  await goTo(page, server.url, "/you");
  await byTestId(page, "sign-out").click();
  await byTestId(page, "sign-out-dialog").getByRole("button", { name: "Sign out" }).click();
  for (const tab of [page, second]) {
    await eventually(() => tab.evaluate(() => location.hash), "#/reports");
    expect(await tab.evaluate(() => Object.values<string>(sessionStorage).join())).not.toContain("Half a");
    expect(await byTestId(tab, "report-form").count()).toBe(0);
  }
  // A browser may bring a closed tab back with what it kept, when somebody else is at the device.
  const restored = await context.newPage();
  await restored.addInitScript((entries) => {
    for (const [key, text] of entries) sessionStorage.setItem(key, text);
  }, kept);
  await restored.goto(`${server.url}/#/reports/new`);
  await whenSynced(restored);
  await eventually(
    () => restored.evaluate(() => Object.values<string>(sessionStorage).join().includes("Half a")),
    false,
  );
  await byTestId(restored, "welcome").waitFor();
});
