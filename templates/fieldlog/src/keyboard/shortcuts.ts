// Which key does what. Pure, so that the help lists exactly what works.

export type Command = "find" | "new" | "edit" | "close" | "select" | "next" | "previous" | "help";

/** Keys that act by themselves: while none is typed into a field, and only as long as they are switched on. */
export const singleKeys: readonly {
  readonly keys: readonly string[];
  readonly does: Command;
  readonly text: string;
  /** On every screen; the others act on what the list shows. */
  readonly isEverywhere?: true;
}[] = [
  { keys: ["/"], does: "find", text: "Find in the reports", isEverywhere: true },
  { keys: ["n"], does: "new", text: "File a new report", isEverywhere: true },
  { keys: ["?"], does: "help", text: "Show this list", isEverywhere: true },
  { keys: ["j"], does: "next", text: "Next report" },
  { keys: ["k"], does: "previous", text: "Previous report" },
  { keys: ["x"], does: "select", text: "Select the report, or take it back" },
  { keys: ["e"], does: "edit", text: "Edit the report" },
  { keys: ["c"], does: "close", text: "Close the report, or all that are selected" },
];

/** Keys that always work where the list has the focus. */
export const listKeys: readonly { readonly keys: readonly string[]; readonly text: string }[] = [
  { keys: ["↑", "↓"], text: "Previous, next report" },
  { keys: ["Page ↑", "Page ↓"], text: "A screen up, down" },
  { keys: ["Home", "End"], text: "First, last report" },
  { keys: ["Enter"], text: "Open the report" },
  { keys: ["Shift ↑", "Shift ↓"], text: "Select a range" },
  { keys: ["Ctrl A"], text: "Select all that match" },
  { keys: ["Esc"], text: "Back to the list; select nothing" },
];

/** A key as it was pressed. */
export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** The command of a single key; undefined for any other key and with any modifier but the one that writes "?". */
export function commandOf({ key, ctrlKey, metaKey, altKey }: KeyPress): Command | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  return singleKeys.find(({ keys }) => keys.includes(key))?.does;
}
