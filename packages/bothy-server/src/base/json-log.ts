import { createRequire } from "node:module";
import { escapeControls, fieldJson, plainField } from "./log-fields.ts";
import type { LineWriter, LogFields, LoggerOptions } from "./log-line.ts";

const require = createRequire(import.meta.url);

/** Names that every line has; a field of that name gets another. */
const reservedNames = new Set(["level", "time", "message"]);

/** Writes lines for machines: one JSON object each, with `level`, `time` and `message` beside the fields. */
export function createJsonWriter({ level, write, nowMs }: LoggerOptions): LineWriter {
  // Loaded with the first line: function processes import this folder and never log, and not every command does.
  const { pino } = require("pino") as typeof import("pino");
  const log = pino(
    {
      level,
      base: null,
      messageKey: "message",
      timestamp: () => `,"time":"${new Date(nowMs()).toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    // JSON leaves some control characters as they are; as escapes they mean the same.
    { write: (line: string) => write(`${escapeControls(line.trimEnd())}\n`) },
  );
  return (at, message, fields) => log[at](shownFields(fields), message);
}

function shownFields(fields: LogFields): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields))
    shown[reservedNames.has(name) ? `${name}_` : name] = shownField(field);
  return shown;
}

function shownField(field: unknown): unknown {
  const value = plainField(field);
  return typeof value === "object" ? JSON.parse(fieldJson(value)) : value;
}
