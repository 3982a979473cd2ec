import { createJsonWriter } from "./json-log.ts";
import { logLevels, type LineWriter, type LogFields, type LoggerOptions, type LogLevel } from "./log-line.ts";
import { createTextWriter } from "./text-log.ts";
import type { Logger } from "./world.ts";

/** Makes a logger. It never throws: a log line is never worth an operation. */
export function createLogger(options: LoggerOptions): Logger {
  const threshold = logLevels.indexOf(options.level);
  let writer: LineWriter | undefined;
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    if (logLevels.indexOf(level) < threshold) return;
    try {
      writer ??= options.format === "json" ? createJsonWriter(options) : createTextWriter(options);
      writer(level, message, fields ?? {});
    } catch {
      // The stream is gone or a field cannot be shown: there is nowhere left to say so.
    }
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** A logger that says the same of every line that goes through it. */
export function withFields(log: Logger, own: LogFields): Logger {
  return {
    debug: (message, fields) => log.debug(message, { ...own, ...fields }),
    info: (message, fields) => log.info(message, { ...own, ...fields }),
    warn: (message, fields) => log.warn(message, { ...own, ...fields }),
    error: (message, fields) => log.error(message, { ...own, ...fields }),
  };
}
