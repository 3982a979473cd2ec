import { expect } from "vitest";
import type { Page } from "playwright-core";

/** What a screen reader says of the element that has the focus, and what a person sees of it. */
export interface Focused {
  readonly role: string;
  readonly name: string;
  /** On nothing of the page: it was lost, or is on its way round by the browser's own bars. */
  readonly isNowhere: boolean;
  /** It lies in the window, and nothing covers it. */
  readonly isSeen: boolean;
  /** It is marked as having the focus; what only takes it to be read on from there need not be. */
  readonly isMarked: boolean;
}

/** No screen has more stops than this before what one wants of it. */
const stopCountMax = 60;

/** Where the focus is. */
export async function focusOf(page: Page): Promise<Focused> {
  const session = await page.context().newCDPSession(page);
  try {
    const { result } = await session.send("Runtime.evaluate", { expression: "document.activeElement" });
    if (result.objectId === undefined) throw new Error("The page has no active element.");
    const { objectId } = result;
    const { nodes } = await session.send("Accessibility.getPartialAXTree", { objectId, fetchRelatives: false });
    const [node] = nodes;
    const seen = await page.evaluate(lookAtFocus);
    return { role: String(node?.role?.value ?? ""), name: String(node?.name?.value ?? "").trim(), ...seen };
  } finally {
    await session.detach();
  }
}

/** Runs in the page. */
function lookAtFocus(): Pick<Focused, "isNowhere" | "isSeen" | "isMarked"> {
  const element = document.activeElement ?? document.body;
  const isNowhere = element === document.body;
  const { left, top, right, bottom } = element.getBoundingClientRect();
  const x = (Math.max(left, 0) + Math.min(right, innerWidth)) / 2;
  const y = (Math.max(top, 0) + Math.min(bottom, innerHeight)) / 2;
  const isInside = left < innerWidth && right > 0 && top < innerHeight && bottom > 0 && right > left && bottom > top;
  const hit = document.elementFromPoint(x, y);
  const label = element.closest("label") ?? element;
  const isOnTop = hit !== null && (label.contains(hit) || hit.contains(element));
  // A box, a choice of several or a field may leave it to what stands around it.
  const around = [element, element.nextElementSibling, element.parentElement, label];
  // Inside a field of a day each part is a stop, and the browser marks it itself.
  const isDay = element instanceof HTMLInputElement && element.type === "date";
  const isOutlined = around.some((one) => {
    if (one === null || one === document.body) return false;
    const { outlineStyle, outlineWidth } = getComputedStyle(one);
    return outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0;
  });
  return { isNowhere, isSeen: isInside && isOnTop, isMarked: isDay || isOutlined };
}

/** Waits until the focus is on an element of this role and name, where it can be seen. */
export async function expectFocus(page: Page, role: string, name: RegExp | string): Promise<void> {
  await expect
    .poll(() => focusOf(page), { timeout: 15_000, interval: 50 })
    .toMatchObject({ role, name: typeof name === "string" ? name : expect.stringMatching(name), isSeen: true });
}

/** Presses Tab (`back`: with Shift) until the focus is on such an element; each stop on the way can be seen and is marked. */
export async function tabTo(
  page: Page,
  role: string,
  name: RegExp | string,
  { back = false }: { readonly back?: boolean } = {},
): Promise<void> {
  const stops: string[] = [];
  for (let stop = 0; stop < stopCountMax; stop++) {
    await page.keyboard.press(back ? "Shift+Tab" : "Tab");
    const focus = await focusOf(page);
    stops.push(`${focus.role} “${focus.name}”`);
    if (focus.isNowhere) continue;
    expect(focus, `after ${stops.join(", ")}`).toMatchObject({ isSeen: true, isMarked: true });
    const isName = typeof name === "string" ? focus.name === name : name.test(focus.name);
    if (focus.role === role && isName) return;
  }
  throw new Error(`Tab does not lead to ${role} ${String(name)}. It came by ${stops.join(", ")}.`);
}

/** Asserts that an act has not left the focus nowhere: on what has gone, or on the whole page. */
export async function expectFocusKept(page: Page): Promise<void> {
  await expect
    .poll(() => focusOf(page), { timeout: 15_000, interval: 50 })
    .toMatchObject({ isNowhere: false, isSeen: true });
}
