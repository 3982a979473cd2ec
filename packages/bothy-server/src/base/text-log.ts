import { escapeControls, fieldJson, plainField } from "./log-fields.ts";
import type { LineWriter, LogFields, LoggerOptions, LogLevel } from "./log-line.ts";

/** Writes lines for people: time of day, level, message, and fields as `name=value`. */
export function createTextWriter({ write, nowMs }: LoggerOptions): LineWriter {
  return (level, message, fields) => write(`${textLine(new Date(nowMs()), level, message, fields)}\n`);
}

function textLine(time: Date, level: LogLevel, message: string, fields: LogFields): string {
  const words = Object.entries(fields).map(([name, field]) => `${escapeControls(name)}=${fieldText(field)}`);
  return [time.toISOString().slice(11, 23), level.padEnd(5), escapeControls(message), ...words].join(" ");
}

function fieldText(field: unknown): string {
  const value = plainField(field);
  if (typeof value === "string" && /^[\w.:/@-]+$/.test(value)) return value;
  return escapeControls(fieldJson(value));
}
