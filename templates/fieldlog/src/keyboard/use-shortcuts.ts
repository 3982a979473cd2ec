import { useEffect, useRef } from "react";
import { readRemembered } from "../remembered.ts";
import { commandOf, type Command } from "./shortcuts.ts";

/** Where it is kept whether single keys act: whoever speaks to the machine, or strays on the keys, turns them off. */
export const shortcutSetting = "fieldlog.shortcuts";

/** Lets single keys act while the component is there. A command without an act is left to the browser. */
export function useShortcuts(acts: { readonly [Name in Command]?: () => void }): void {
  const latest = useRef(acts);
  useEffect(() => {
    latest.current = acts;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || isTakenByTarget(event.target) || readRemembered(shortcutSetting) === "off") return;
      const command = commandOf(event);
      const act = command === undefined ? undefined : latest.current[command];
      if (act === undefined) return;
      event.preventDefault();
      act();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, []);
}

/** A key that is typed into a field is text, and what is open over the page has keys of its own. */
export function isTakenByTarget(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (document.querySelector("dialog[open], [popover]:popover-open") !== null) return true;
  return target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio])");
}
