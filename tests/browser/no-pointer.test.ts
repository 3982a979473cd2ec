// All that a person does, done with the keyboard alone. Things are found as a screen reader tells of them, by role and name.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import type { Deployment } from "../deployment.ts";
import { eventually, shownReports, startFieldlog, visit, whenOffline, whenSynced } from "./fieldlog.ts";
import { expectFocus, expectFocusKept, focusOf, tabTo } from "./keyboard.ts";
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

/** Presses a key and asserts where it leads. */
async function press(page: Page, key: string, role: string, name: RegExp | string): Promise<void> {
  await page.keyboard.press(key);
  await expectFocus(page, role, name);
}

const findField = /^Find in species/;
const listed = (page: Page, text: string) => page.getByRole("status").filter({ hasText: text });

test("without a pointer: a first visit leads past the frame into the page, and to the reports of a chosen airport", async () => {
  const { page } = profile;
  await page.goto(server.url);
  await page.getByRole("link", { name: "Choose airports" }).waitFor();
  await tabTo(page, "link", "Skip to content");
  await press(page, "Enter", "main", "");
  await tabTo(page, "link", "Choose airports");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Airports", level: 1 }).waitFor();
  await expectFocusKept(page);
  await tabTo(page, "searchbox", "Find an airport");
  await page.keyboard.type("alder");
  await page.getByText("Birch Field").waitFor({ state: "detached" });
  await tabTo(page, "button", /^Pick: Alder Field/);
  await press(page, "Space", "button", /^Picked: Alder Field/);
  await tabTo(page, "link", "Show reports of 1 airport");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Reports", level: 1 }).waitFor();
  await expectFocusKept(page);
  await whenSynced(page);
  expect((await shownReports(page)).length).toBeGreaterThan(5);
});

test("without a pointer: a report is filed, and a form that is wrong leads to what is wrong in it", async () => {
  const { page } = profile;
  await press(page, "n", "combobox", "Airport");
  await tabTo(page, "combobox", /^Species/);
  // Refused: the focus goes to the first field that is wrong, and is told what is.
  await page.keyboard.press("Enter");
  await expectFocus(page, "combobox", /^Species/);
  await page.getByText("Name the species, or say “Unknown bird or bat”.").waitFor();
  await page.keyboard.type("Snowy owl");
  await tabTo(page, "combobox", "Size");
  await page.keyboard.type("L");
  await tabTo(page, "textbox", "Aircraft");
  await page.keyboard.type("A-320");
  await tabTo(page, "textbox", "Operator");
  await page.keyboard.type("NORTHERN AIR");
  await press(page, "Enter", "heading", "Snowy owl");
  expect((await shownReports(page))[0]).toMatchObject({ species: "Snowy owl" });
  expect(await page.getByRole("definition").allInnerTexts()).toContain("Large");
});

test("without a pointer: a report is edited, talked about, closed and reopened, and the focus stays with it", async () => {
  const { page } = profile;
  await press(page, "e", "combobox", /^Species/);
  await page.keyboard.press("Control+A");
  await page.keyboard.type("Great grey owl");
  await press(page, "Enter", "heading", "Great grey owl");
  await tabTo(page, "textbox", "Add a comment");
  await page.keyboard.type("Seen at the far end of runway 27.");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("listitem").filter({ hasText: "Seen at the far end" }).first().waitFor();
  await expectFocus(page, "textbox", "Add a comment");
  await eventually(() => page.getByRole("textbox", { name: "Add a comment" }).inputValue(), "");
  await tabTo(page, "button", /^Reply to/, { back: true });
  await page.keyboard.press("Enter");
  await expectFocus(page, "textbox", /^(Reply|Answer)/);
  await page.keyboard.type("By the windsock.");
  await page.keyboard.press("Control+Enter");
  await page.getByRole("listitem").filter({ hasText: "By the windsock." }).first().waitFor();
  await expectFocusKept(page);
  await tabTo(page, "button", "Close report", { back: true });
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Reopen" }).waitFor();
  await expectFocusKept(page);
  await tabTo(page, "button", "Reopen");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Close report" }).waitFor();
  await expectFocusKept(page);
  expect(profile.errors).toEqual([]);
});

test("without a pointer: the list is narrowed, ordered, walked through and shown whole again", async () => {
  const { page } = profile;
  // From a field, where a key is text, Tab leads out.
  await page.keyboard.press("Tab");
  await press(page, "/", "searchbox", findField);
  await page.keyboard.type("hawk");
  await listed(page, "20 reports of 101").waitFor();
  await press(page, "Enter", "link", /Hawk/);
  const [first, second] = await shownReports(page);
  await press(page, "ArrowDown", "link", /Hawk/);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Hawk", level: 1 }).waitFor();
  expect(page.url()).toContain(second?.id);
  // Walking on leaves the open report where it is; Escape leads back to its row.
  await press(page, "ArrowUp", "link", /Hawk/);
  await page.keyboard.press("Escape");
  await page.getByRole("heading", { name: "Hawk", level: 1 }).waitFor({ state: "detached" });
  await expectFocus(page, "link", /Hawk/);
  await page.keyboard.press("Home");
  expect(await page.evaluate(() => document.activeElement?.getAttribute("data-report-id"))).toBe(first?.id);
  await tabTo(page, "button", /^Filters/, { back: true });
  await page.keyboard.press("Enter");
  await tabTo(page, "DisclosureTriangle", "Wildlife size", { back: true });
  await page.keyboard.press("Enter");
  await tabTo(page, "checkbox", /^Large/);
  await page.keyboard.press("Space");
  await expectFocus(page, "checkbox", /^Large/);
  await listed(page, "6 reports of 101").waitFor();
  await press(page, "/", "searchbox", findField);
  await tabTo(page, "button", /^Order/);
  await page.keyboard.press("Enter");
  await expectFocusKept(page);
  await press(page, "Escape", "button", /^Order/);
  await tabTo(page, "button", /^Clear all/);
  await page.keyboard.press("Enter");
  await listed(page, "101 reports").waitFor();
  await expectFocus(page, "region", "List of reports");
  await press(page, "ArrowDown", "link", /./);
});

test("without a pointer: reports are selected and closed together, and the help says how", async () => {
  const { page } = profile;
  await press(page, "/", "searchbox", findField);
  await press(page, "Enter", "link", /./);
  await page.keyboard.press("x");
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  await page
    .getByText(/3 selected/)
    .first()
    .waitFor();
  await page.keyboard.press("c");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  await expectFocusKept(page);
  await tabTo(page, "button", /^Close 3 reports/);
  await page.keyboard.press("Enter");
  await dialog.waitFor({ state: "hidden" });
  await expectFocusKept(page);
  expect(await page.getByRole("link", { name: /Closed/ }).count()).toBe(3);
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await expectFocus(page, "button", /^Close/);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor({ state: "hidden" });
  await expectFocusKept(page);
});

test("without a pointer: from every screen one finds, files and asks for the keys, and comes back to what was narrowed", async () => {
  const { page } = profile;
  const follow = async (name: RegExp, heading: string) => {
    await tabTo(page, "link", name, { back: true });
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
  };
  await follow(/^You/, "You");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog", { name: "Keyboard" }).waitFor({ state: "hidden" });
  await press(page, "/", "searchbox", findField);
  await page.keyboard.type("hawk");
  await listed(page, "20 reports of 101").waitFor();
  await press(page, "Enter", "link", /Hawk/);
  await eventually(async () => page.url().includes("find=hawk"), true);
  await follow(/^Charts/, "Charts");
  // The charts are narrowed as the list was, and the list from there as they are.
  await press(page, "/", "searchbox", findField);
  expect(await page.getByRole("searchbox", { name: findField }).inputValue()).toBe("hawk");
  await page.keyboard.press("Escape");
  await listed(page, "101 reports").waitFor();
  await page.keyboard.press("Enter");
  await follow(/^Changes/, "Changes");
  await press(page, "n", "combobox", "Airport");
  await page.getByRole("heading", { name: "New report", level: 1 }).waitFor();
  await tabTo(page, "button", "Cancel");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "New report", level: 1 }).waitFor({ state: "detached" });
});

test("without a pointer: a rejected change is found, read and discarded", async () => {
  const { page, context } = profile;
  const other = await openProfile();
  await visit(other.page, server.url, ["AAA"]);
  await press(page, "/", "searchbox", findField);
  await press(page, "Enter", "link", /./);
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Edit" }).waitFor();
  const id = /reports\/(\w+)/.exec(page.url())?.[1] ?? "";
  await context.setOffline(true);
  await whenOffline(page);
  await press(page, "e", "combobox", /^Species/);
  await page.keyboard.press("Control+A");
  await page.keyboard.type("Dodo");
  await press(page, "Enter", "heading", "Dodo");
  await other.page.goto(`${server.url}/#/reports/${id}`);
  await other.page.getByRole("button", { name: "Close report" }).click();
  await other.page.getByRole("button", { name: "Reopen" }).waitFor();
  await whenSynced(other.page);
  await context.setOffline(false);
  await whenSynced(page);
  // Where it was made: tried again it is refused again and keeps the focus; discarded, what takes that back has it.
  await tabTo(page, "button", "Try again");
  await page.keyboard.press("Enter");
  await page.getByRole("alert").filter({ hasText: "Not sent again" }).waitFor();
  await expectFocus(page, "button", "Try again");
  await tabTo(page, "button", "Discard");
  await press(page, "Enter", "button", "Undo");
  await press(page, "Enter", "button", "Discard");
  await tabTo(page, "link", /^Changes/, { back: true });
  await page.keyboard.press("Enter");
  const rejected = page.getByRole("region", { name: "Rejected changes" });
  await rejected.getByText("Dodo").first().waitFor();
  await expectFocusKept(page);
  await tabTo(page, "button", /^Discard/);
  await page.keyboard.press("Enter");
  await rejected.getByText("Dodo").first().waitFor({ state: "detached" });
  // It can be taken back where it was done.
  await expectFocus(page, "button", /^Undo/);
  await press(page, "Enter", "button", /^Discard/);
  await press(page, "Enter", "button", /^Undo/);
  await tabTo(page, "link", /^Reports/, { back: true });
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Reports", level: 1 }).waitFor();
  await expectFocusKept(page);
  expect((await focusOf(page)).isNowhere).toBe(false);
  await page.reload();
  await tabTo(page, "link", /^Changes/);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Changes", level: 1 }).waitFor();
  expect(await rejected.count()).toBe(0);
  expect([...profile.errors, ...other.errors]).toEqual([]);
});
