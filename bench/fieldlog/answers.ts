import type { Page } from "playwright-core";
import type { Bench } from "../measurement.ts";
import { percentile } from "../statistics.ts";
import { show, type Row } from "../table.ts";
import { serveFloorPages } from "./floor-pages.ts";
import { openHolder, withPage } from "./holder.ts";
import type { Answered } from "./probe.ts";

const words = ["gull", "hawk", "b-737", "denver", "dove"];
const toggleCount = 10;

/** Keys typed into find and filters chosen over 10,000 reports, until they are seen. */
export async function fieldlogAnswers({ folder }: Bench): Promise<Row[]> {
  const holder = await openHolder(folder);
  const floor = await serveFloorPages();
  try {
    const bare = await withPage({}, async ({ page }) => {
      await page.goto(`${floor.url}/answer`);
      return { keys: await typeAll(page, "[aria-label=Find]"), toggles: await toggleAll(page, chooseIn(page)) };
    });
    return await withPage({ folder: holder.profileFolder }, async ({ page }) => {
      await page.goto(`${holder.url}/#/reports`);
      await page.getByText("10,000 reports").first().waitFor();
      const keys = await typeAll(page, "[data-testid=filter-find]");
      const toggles = await toggleAll(page, await openFilters(page));
      return [...rows("a key typed into find", keys, bare.keys), ...rows("a filter chosen", toggles, bare.toggles)];
    });
  } finally {
    await floor.close();
    await holder.stopServer();
  }
}

/** Types words key by key and takes each back, as one does who looks for something. */
async function typeAll(page: Page, selector: string): Promise<readonly Answered[]> {
  await page.locator(selector).focus();
  const answers: Answered[] = [];
  for (const word of words) {
    for (const key of [...word.split(""), ...Array.from({ length: word.length }, () => "Backspace")]) {
      answers.push(await answered(page, "keydown", () => page.keyboard.press(key)));
    }
  }
  return answers;
}

/** Chooses the large ones, or any size. */
type Choose = (isLarge: boolean) => Promise<unknown>;

function chooseIn(page: Page): Choose {
  const sizes = page.locator("[aria-label=Size]");
  return (isLarge) => sizes.selectOption(isLarge ? "Large" : { index: 0 });
}

/** Opens the filters of the app where they stand beside the list; of damage one sees the choices at once. */
async function openFilters(page: Page): Promise<Choose> {
  await page.getByTestId("filters-toggle").click();
  const substantial = page.getByTestId("filter-damage-Substantial");
  return () => substantial.click();
}

async function toggleAll(page: Page, choose: Choose): Promise<readonly Answered[]> {
  const answers: Answered[] = [];
  for (let round = 0; round < toggleCount; round++) {
    answers.push(await answered(page, "input", () => choose(round % 2 === 0)));
  }
  return answers;
}

async function answered(page: Page, type: string, act: () => Promise<unknown>): Promise<Answered> {
  await page.evaluate((name) => window.probe.expectAnswer(name), type);
  await act();
  return page.evaluate(() => window.probe.answered());
}

function rows(what: string, answers: readonly Answered[], bare: readonly Answered[]): Row[] {
  const of = (name: "firstMs" | "allMs", until: string): Row => {
    const at = (share: number): number =>
      percentile(
        answers.map((one) => one[name]),
        share,
      );
    const floorMs = percentile(
      bare.map((one) => one[name]),
      0.5,
    );
    return {
      what: `fieldlog, 10,000 reports, ${what} until ${until}, p50, p95, worst of ${answers.length}; floor: a plain page`,
      bothy: `${show(at(0.5), "ms")}, ${show(at(0.95), "ms")}, ${show(at(1), "ms")}`,
      floor: show(floorMs, "ms"),
      ratio: (at(0.5) / floorMs).toFixed(1),
      goal: "",
    };
  };
  return [of("firstMs", "the next frame"), of("allMs", "the list is seen")];
}
