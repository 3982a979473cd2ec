/** Levels from the most to the least talkative. */
export const logLevels = ["debug", "info", "warn", "error"] as const;

/** One of `logLevels`. */
export type LogLevel = (typeof logLevels)[number];

/** How a logger writes. */
export interface LoggerOptions {
  /** `json`: one object a line, for machines. `text`: one readable line. */
  readonly format: "json" | "text";
  readonly level: LogLevel;
  /** Takes one line with its line end. */
  readonly write: (line: string) => void;
  readonly nowMs: () => number;
}

/** What a line says beside its message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one line of a level that is wanted. */
export type LineWriter = (level: LogLevel, message: string, fields: LogFields) => void;
