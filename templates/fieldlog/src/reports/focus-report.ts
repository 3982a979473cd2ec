/** Takes the focus to the report's name: what had it is about to go. */
export function focusReport(from: Element): void {
  from.closest("article")?.querySelector<HTMLElement>("h1")?.focus({ preventScroll: true });
}
