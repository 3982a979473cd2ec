import type { HistoryLine, Value } from "./history-line.ts";

/** The names of what no strictly serializable history contains; docs/spec/history.md says what each one is. */
export type AnomalyKind =
  | "malformed"
  | "internal"
  | "garbage"
  | "duplicate"
  | "incompatible-order"
  | "lost-append"
  | "G1a"
  | "G1b"
  | CycleKind;

/** The names of cycles; `-realtime` where it takes the order of real time to close one. */
export type CycleKind = CycleName | `${CycleName}-realtime`;
type CycleName = "G0" | "G1c" | "G-single" | "lost-update" | "G2";

/** Something in a history that no order of its transactions explains. */
export interface Anomaly {
  readonly kind: AnomalyKind;
  readonly message: string;
  /** The lines concerned, counted from 1; those of a cycle in its order. */
  readonly lines: readonly number[];
}

/** What was found, with the lines that show it. */
export function describeAnomaly({ kind, message, lines }: Anomaly, history: readonly HistoryLine[]): string {
  const shown = [...new Set(lines)].map((number) => {
    const line = history[number - 1];
    return line === undefined ? "" : `\n  line ${number}: ${describeLine(line)}`;
  });
  return `${kind}: ${message}${shown.join("")}`;
}

function describeLine({ process, start, end, type, ops }: HistoryLine): string {
  const done = ops.map(([what, key, value]) =>
    what === "append" ? `append ${key} ${value}` : `r ${key} ${value === null ? "?" : abbreviate(value)}`,
  );
  return `process ${process}, ${start} to ${end}, ${type}: ${done.join("; ")}`;
}

const shownValues = 12;

/** A list for people: the end of a long one, where histories differ. */
export function abbreviate(values: readonly Value[]): string {
  const left = values.length - shownValues;
  return left > 0 ? `[${left} more, ${values.slice(left).join(", ")}]` : `[${values.join(", ")}]`;
}
