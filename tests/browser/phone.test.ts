import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import type { Deployment } from "../deployment.ts";
import { byTestId, editReport, goTo, shownReports, startFieldlog, visit, whenOffline } from "./fieldlog.ts";
import { openProfile, removeProfiles } from "./profile.ts";

let server: Deployment;

beforeAll(async () => {
  server = await startFieldlog();
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

/** Elements that stand out of the page to the right, and by how much the page itself can be moved. */
function sideways(page: Page): Promise<{ readonly scroll: number; readonly outside: readonly string[] }> {
  return page.evaluate(() => {
    const width = document.documentElement.clientWidth;
    const outside = [...document.querySelectorAll("main *")]
      .filter((element) => element.checkVisibility() && element.getBoundingClientRect().right > width + 1)
      .map((element) => `${element.tagName} ${element.className}`);
    return { scroll: document.documentElement.scrollWidth - width, outside };
  });
}

test("at 390 pixels no screen can be moved sideways, and nothing stands out of it, also in letters of twice the size", async () => {
  const { page, context, errors } = await openProfile({ viewport: { width: 390, height: 844 } });
  await page.goto(server.url);
  await page.getByText("Which airports are yours?").waitFor();
  expect(await sideways(page)).toEqual({ scroll: 0, outside: [] });
  await visit(page, server.url, ["AAA"]);
  const id = (await shownReports(page))[0]?.id ?? "";
  await context.setOffline(true);
  await whenOffline(page);
  const long = "A species with a name that has no end and no place to break:Xxxxxxxxxxxxxx";
  await editReport(page, server.url, id, { species: long });
  const screens: readonly (readonly [route: string, seen: string])[] = [
    ["/reports", "report-row"],
    ["/reports?find=species", "report-row"],
    [`/reports/${id}`, "report"],
    [`/reports/${id}/edit`, "report-form"],
    ["/reports/new", "report-form"],
    ["/charts", "total-reports"],
    ["/airports", "airport-row"],
    ["/changes", "waiting-item"],
    ["/try", "step-cut"],
    ["/you", "display-name"],
  ];
  for (const letters of ["100%", "200%"]) {
    await page.evaluate((size) => void (document.documentElement.style.fontSize = size), letters);
    for (const [route, seen] of screens) {
      await goTo(page, server.url, route);
      await byTestId(page, seen).first().waitFor();
      expect([route, letters, await sideways(page)]).toEqual([route, letters, { scroll: 0, outside: [] }]);
    }
  }
  expect(errors).toEqual([]);
});
