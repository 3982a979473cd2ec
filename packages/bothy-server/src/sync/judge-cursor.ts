import type { Version } from "bothy/internal";

/** What a genuine cursor says about this deployment's log. */
export type CursorVerdict =
  /** The log contains what the device has seen. */
  | "held"
  /** The log has lost what the device has seen: a new epoch has to begin (SY24). */
  | "history_lost"
  /** The log no longer says; everything is sent whole. */
  | "unknown";

/** Compares the place of a genuine cursor with the log. */
export function judgeCursor(
  cursor: { readonly version: Version; readonly logHash: string },
  log: { readonly version: Version; readonly logHash: string | undefined },
): CursorVerdict {
  if (cursor.version > log.version) return "history_lost";
  if (log.logHash === undefined) return "unknown";
  return log.logHash === cursor.logHash ? "held" : "history_lost";
}
