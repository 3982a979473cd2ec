import picocolors from "picocolors";
import { errorCodes, isBothyError } from "bothy/internal";
import { wantsColor } from "./color.ts";
import type { ImportProgress } from "./run-import.ts";

export type Colors = ReturnType<typeof picocolors.createColors>;

/** Where a command talks: data goes to stdout, everything else to stderr, so that pipes get data only. */
export interface Output {
  readonly isJson: boolean;
  /** True when a person is watching: progress may redraw its line. */
  readonly isTerminal: boolean;
  readonly hasColor: boolean;
  readonly colors: Colors;
  /** The result of the command. */
  print(text: string): void;
  /** What happens meanwhile; a program that reads JSON is not told. */
  say(text: string): void;
  /** A line that is drawn again and again; on no terminal it is printed now and then. */
  progress(label: string, at: ImportProgress): void;
  /** Says what went wrong, why and what to do; returns the exit code that says so. */
  fail(error: unknown): number;
}

/** What an output is made of. */
export interface OutputParts {
  readonly isJson: boolean;
  readonly isTerminal: boolean;
  readonly hasColor: boolean;
  readonly writeOut: (text: string) => void;
  readonly writeError: (text: string) => void;
}

/** Output on this process's streams. */
export function openOutput({
  isJson,
  isColorAllowed,
}: {
  readonly isJson: boolean;
  readonly isColorAllowed: boolean;
}): Output {
  const { env, stdout, stderr } = process;
  // Who reads our output may go away before we end (`bothy run … | head`).
  stdout.on("error", () => undefined);
  const isTerminal = stderr.isTTY === true && env["TERM"] !== "dumb";
  return createOutput({
    isJson,
    isTerminal,
    hasColor: wantsColor({ isAllowed: isColorAllowed, isTerminal, env }),
    writeOut: (text) => void stdout.write(text),
    writeError: (text) => void stderr.write(text),
  });
}

/** Output on any two streams. */
export function createOutput(parts: OutputParts): Output {
  const { isJson, isTerminal, writeOut, writeError } = parts;
  const colors = picocolors.createColors(parts.hasColor);
  let lastTenth = -1;
  return {
    isJson,
    isTerminal,
    hasColor: parts.hasColor,
    colors,
    print: (text) => writeOut(`${text}\n`),
    say: (text) => {
      if (!isJson) writeError(`${text}\n`);
    },
    progress(label, { done, total, perSecond }) {
      if (isJson) return;
      const line = `${label} ${bar(colors, done, total)} ${count(done)}/${count(total)} rows, ${count(perSecond)} rows/s`;
      if (isTerminal) return writeError(`\r\u001b[2K${line}${done === total ? "\n" : ""}`);
      const tenth = Math.floor((done / Math.max(total, 1)) * 10);
      if (tenth !== lastTenth) writeError(`${line}\n`);
      lastTenth = tenth === 10 ? -1 : tenth;
    },
    fail(error) {
      writeError(isJson ? `${JSON.stringify({ error: errorToJson(error) })}\n` : errorToText(error, colors));
      return isBothyError(error) ? errorCodes[error.code].exitCode : errorCodes.internal.exitCode;
    },
  };
}

const barWidth = 24;

function bar(colors: Colors, done: number, total: number): string {
  const filled = total === 0 ? barWidth : Math.floor((done / total) * barWidth);
  return colors.green("█".repeat(filled)) + colors.dim("░".repeat(barWidth - filled));
}

function count(number: number): string {
  return Math.round(number).toLocaleString("en-US");
}

function errorToJson(error: unknown): object {
  if (!isBothyError(error)) return { code: "internal", message: stackOf(error) };
  const { code, message, fix, details } = error;
  return { code, message, fix, details };
}

function errorToText(error: unknown, colors: Colors): string {
  if (!isBothyError(error)) return `${stackOf(error)}\n`;
  const lines = [`${colors.red("Error")} ${colors.dim(error.code)}: ${error.message}`];
  if (error.cause !== undefined) lines.push(`${colors.dim("Cause:")} ${describe(error.cause)}`);
  if (error.code === "app_error") lines.push(`${colors.dim("Data:")} ${JSON.stringify(error.details)}`);
  if (error.fix !== undefined) lines.push(`${colors.cyan("Fix:")} ${error.fix}`);
  return `${lines.join("\n")}\n`;
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
