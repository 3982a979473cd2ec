import axe from "axe-core";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Deployment } from "../deployment.ts";
import { byTestId, editReport, eventually, goTo, startFieldlog, visit, whenOffline, whenSynced } from "./fieldlog.ts";
import { openProfile, removeProfiles, type Profile } from "./profile.ts";

// Every screen of the demo app as it stands in each of its states, on a phone and on a desktop, by day and by night. One
// page for each width walks through all of them, because the start of a browser costs more than a look at a screen.

let server: Deployment;

beforeAll(async () => {
  server = await startFieldlog();
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

const widths = [
  { name: "phone", viewport: { width: 390, height: 844 } },
  { name: "desktop", viewport: { width: 1440, height: 900 } },
] as const;

/** A step into a state of the app, and the state's name. */
type Step = readonly [state: string, enter: (page: Page) => Promise<unknown>];

test.each(widths)(
  "on a $name no screen has a serious or critical violation, nor moves sideways",
  async ({ viewport }) => {
    const { page, context, errors } = await openInspected(viewport);
    const found: string[] = [];
    const walk = async (steps: readonly Step[]): Promise<void> => {
      for (const [state, enter] of steps) {
        await enter(page);
        found.push(...(await inspect(page, state)));
      }
    };
    await page.goto(server.url);
    await walk([["first visit", () => byTestId(page, "welcome-start").waitFor()]]);
    await visit(page, server.url, ["AAA", "BBB"]);
    const place = viewport.width === 390 ? 3 : 6;
    const reportId = await idOfRow(page, place);
    const contestedId = await idOfRow(page, place + 1);
    await walk([...reading(reportId), ...writing(reportId)]);
    await context.setOffline(true);
    await whenOffline(page);
    await walk(waiting(reportId));
    await editReport(page, server.url, contestedId, { species: "Weka" });
    await meddleElsewhere(reportId, contestedId);
    await context.setOffline(false);
    await walk(returned(reportId, contestedId));
    expect(found).toEqual([]);
    expect(errors).toEqual([]);
  },
);

test("what the inspection is for is found by it", async () => {
  const { page } = await openInspected(widths[0].viewport);
  await page.goto(server.url);
  await byTestId(page, "welcome-start").waitFor();
  await page.evaluate(() => {
    document.body.insertAdjacentHTML(
      "beforeend",
      '<img src="/icon.svg"><p style="color:#767676;width:2000px">Pale</p>',
    );
  });
  const found = (await inspect(page, "spoilt")).join("\n");
  for (const part of ["image-alt", "color-contrast", "html moves sideways", "(light)", "(dark)"]) {
    expect(found).toContain(part);
  }
});

/** Screens that show what is held. */
function reading(reportId: string): readonly Step[] {
  return [
    ["list", at("/reports", "report-row")],
    ["filters open", openFilters],
    ["orders open", openOrders],
    ["keys", openKeys],
    ["keys put away", (page) => page.keyboard.press("Escape")],
    ["filters chosen", at("/reports?size=Large&damage=None,Minor", "report-row")],
    ["nothing matches", (page) => goToText(page, "/reports?find=dodo", "Nothing matches")],
    ["selecting", selectSome],
    ["report", at(`/reports/${reportId}`, "report")],
    ["no such report", (page) => goToText(page, "/reports/nowhere", "Not on this device")],
    ["charts", at("/charts", "total-reports")],
    ["charts of a choice", at("/charts?size=Large&phase=Climb", "total-reports")],
    ["charts of nothing", (page) => goTo(page, server.url, "/charts?find=dodo")],
    ["airports", at("/airports", "airport-row")],
    ["no changes", (page) => goToText(page, "/changes", "has reached the server")],
    ["nothing to repair", (page) => goToText(page, "/changes/99", "Nothing to repair")],
    ["try it", at("/try", "try")],
    ["you", at("/you", "holdings")],
    ["more places", openMore],
    ["leaving", (page) => byTestId(page, "sign-out").click()],
    ["staying", (page) => page.getByRole("button", { name: "Stay" }).click()],
  ];
}

/** On a phone they cover the list; on a desktop they may stand beside it already. */
async function openFilters(page: Page): Promise<void> {
  if (!(await byTestId(page, "filter-panel").isVisible())) await byTestId(page, "filters-toggle").click();
  const shut = page.locator("details.facet:not([open]) > summary");
  while ((await shut.count()) > 0) await shut.first().click();
}

async function openOrders(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await byTestId(page, "sort").click();
}

/** On a phone some of the places stand under it. */
async function openMore(page: Page): Promise<void> {
  const more = page.getByRole("button", { name: "More" });
  if (await more.isVisible()) await more.click();
}

async function openKeys(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await page.keyboard.press("?");
  await page.locator("dialog[open] kbd").first().waitFor();
}

async function selectSome(page: Page): Promise<void> {
  await at("/reports", "report-row")(page);
  await byTestId(page, "select").click();
  await byTestId(page, "row-select").first().click();
  await byTestId(page, "close-selected").waitFor();
}

function writing(reportId: string): readonly Step[] {
  return [
    ["new report", at("/reports/new", "report-form")],
    ["edit", at(`/reports/${reportId}/edit`, "report-form")],
    [
      "edit with problems",
      async (page) => {
        await byTestId(page, "field-species").fill("");
        await byTestId(page, "field-aircraft").fill("");
        await byTestId(page, "save").click();
        await page.locator(".field-problem").first().waitFor();
      },
    ],
    [
      "edit taken up again",
      async (page) => {
        await at("/reports", "report-row")(page);
        await at(`/reports/${reportId}/edit`, "draft-notice")(page);
      },
    ],
    ["edit given up", (page) => byTestId(page, "cancel").click()],
  ];
}

/** With no network: a change and a comment wait. */
function waiting(reportId: string): readonly Step[] {
  return [
    [
      "a report with a change that waits",
      async (page) => {
        await at(`/reports/${reportId}/edit`, "report-form")(page);
        await byTestId(page, "field-species").fill("Sandhill crane");
        await byTestId(page, "save").click();
        await page.getByRole("heading", { name: "Sandhill crane" }).waitFor();
        await byTestId(page, "comment-input").fill("Feathers in engine 2.");
        await byTestId(page, "comment-send").click();
        await byTestId(page, "comment").waitFor();
      },
    ],
    ["list with waiting rows", at("/reports", "report-row")],
    ["changes that wait", at("/changes", "waiting-item")],
    [
      "leaving refused",
      async (page) => {
        await goTo(page, server.url, "/you");
        await byTestId(page, "sign-out").click();
        await byTestId(page, "sign-out-dialog").getByRole("button", { name: "Sign out" }).click();
        await page.getByText("Not signed out").waitFor();
      },
    ],
  ];
}

/** Somebody else closed the one report, so the server refuses the edit, and wrote the same field of the other. */
function returned(reportId: string, contestedId: string): readonly Step[] {
  return [
    ["changes that were rejected", at("/changes", "rejected-item")],
    [
      "repair",
      async (page) => {
        await byTestId(page, "rejected-item").first().getByTestId("edit").click();
        await byTestId(page, "repair").waitFor();
      },
    ],
    ["a report with a rejected change", at(`/reports/${reportId}`, "report")],
    ["a report with a conflict", at(`/reports/${contestedId}`, "conflict-species")],
    ["list with a rejected and a contested row", at("/reports", "report-row")],
    [
      "a notice",
      async (page) => {
        await at(`/reports/${reportId}`, "report")(page);
        await page.getByRole("button", { name: "Discard" }).first().click();
        await byTestId(page, "undo-discard").waitFor();
      },
    ],
  ];
}

function at(route: string, seen: string): (page: Page) => Promise<void> {
  return async (page) => {
    await goTo(page, server.url, route);
    await byTestId(page, seen).first().waitFor();
  };
}

async function goToText(page: Page, route: string, text: string | RegExp): Promise<void> {
  await goTo(page, server.url, route);
  await page.getByText(text).first().waitFor();
}

async function idOfRow(page: Page, place: number): Promise<string> {
  return (await byTestId(page, "report-row").nth(place).getAttribute("data-report-id")) ?? "";
}

let colleague: Profile | undefined;

async function meddleElsewhere(reportId: string, contestedId: string): Promise<void> {
  if (colleague === undefined) {
    colleague = await openProfile();
    await visit(colleague.page, server.url, ["AAA", "BBB"]);
  }
  await goTo(colleague.page, server.url, `/reports/${reportId}`);
  await byTestId(colleague.page, "close-report").click();
  const status = byTestId(colleague.page, "status");
  await eventually(() => status.innerText(), "Closed");
  await editReport(colleague.page, server.url, contestedId, { species: "Kea" });
  await whenSynced(colleague.page);
}

async function openInspected(viewport: { readonly width: number; readonly height: number }): Promise<Profile> {
  const profile = await openProfile({ viewport });
  profile.page.setDefaultTimeout(15_000);
  await profile.context.addInitScript({ content: axe.source });
  // Nothing is looked at while it is still on its way to its colour.
  await profile.page.emulateMedia({ reducedMotion: "reduce" });
  return profile;
}

/** By night only the colours are others: the names and the structure were inspected by day. */
const runOnly = {
  light: undefined,
  dark: { type: "rule", values: ["color-contrast", "link-in-text-block"] },
} as const;

/** The serious and critical violations of the page, each as a line; runs in the page, where axe is. */
function axeScript(colorScheme: "light" | "dark"): string {
  const options = { resultTypes: ["violations"], preload: false, runOnly: runOnly[colorScheme] };
  return `axe.run(document, ${JSON.stringify(options)}).then(({ violations }) =>
    violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => [id, ...target, failureSummary].join(" "))))`;
}

/** What is wrong with the screen as it is now, by day and by night. */
async function inspect(page: Page, state: string): Promise<string[]> {
  const found: string[] = [];
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const violations = await page.evaluate<readonly string[]>(axeScript(colorScheme));
    found.push(...violations.map((violation) => `${state} (${colorScheme}): ${violation}`));
  }
  const sideways = await page.evaluate(findSideways);
  return [...found, ...sideways.map((element) => `${state}: ${element} moves sideways`)];
}

/** Elements whose content can be moved to the side, by a finger or a wheel; runs in the page. */
function findSideways(): string[] {
  return [...document.querySelectorAll("html, body, body *")]
    .filter((element) => element.checkVisibility() && !element.matches("input, textarea, select"))
    .filter((element) => element.scrollWidth > element.clientWidth + 1)
    .filter((element) => element === document.documentElement || canScroll(element))
    .map((element) => [element.localName, ...element.classList].join("."));

  function canScroll(element: Element): boolean {
    return ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
  }
}
