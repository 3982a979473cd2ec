import type { Logger } from "./world.ts";

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

type Fields = Readonly<Record<string, unknown>>;

const textMax = 8_192;

/** Makes a logger. It never throws: a log line is never worth an operation. */
export function createLogger(options: LoggerOptions): Logger {
  const threshold = logLevels.indexOf(options.level);
  const render = options.format === "json" ? jsonLine : humanLine;
  const at = (level: LogLevel) => (message: string, fields?: Fields) => {
    if (logLevels.indexOf(level) < threshold) return;
    try {
      options.write(`${render(new Date(options.nowMs()).toISOString(), level, message, fields ?? {})}\n`);
    } catch {
      // The stream is gone or a field cannot be shown: there is nowhere left to say so.
    }
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

function jsonLine(time: string, level: LogLevel, message: string, fields: Fields): string {
  const shown = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, plain(field)]));
  return safeJson({ time, level, message, ...shown });
}

function humanLine(time: string, level: LogLevel, message: string, fields: Fields): string {
  const words = Object.entries(fields).map(([name, field]) => `${escapeControls(name)}=${humanField(field)}`);
  return [time.slice(11, 23), level.padEnd(5), escapeControls(message), ...words].join(" ");
}

function humanField(field: unknown): string {
  const value = plain(field);
  if (typeof value === "string" && /^[\w.:/@-]+$/.test(value)) return value;
  return escapeControls(safeJson(value));
}

function safeJson(value: unknown): string {
  const seen = new Set<unknown>();
  return JSON.stringify(value, (_, field: unknown) => {
    if (typeof field === "object" && field !== null) {
      if (seen.has(field)) return "[again]";
      seen.add(field);
    }
    return plain(field);
  });
}

function plain(field: unknown): unknown {
  if (typeof field === "bigint") return `${field}n`;
  if (typeof field === "string") return field.length > textMax ? `${field.slice(0, textMax)}…` : field;
  if (typeof field === "function" || typeof field === "symbol" || field === undefined) return String(field);
  if (field instanceof Error) return describeError(field);
  return field;
}

function describeError(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const code: unknown = Reflect.get(error, "code");
  return {
    name,
    message,
    ...(code === undefined ? {} : { code }),
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** Shows control characters as escapes, so that logged text can neither forge lines nor steer a terminal. */
export function escapeControls(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
