/** Gives the focus to the list around something that goes with its own press: whoever has no pointer goes on from there. */
export function focusPane(from: Element | null): void {
  from?.closest<HTMLElement>(".list-pane")?.focus({ preventScroll: true });
}
