import colors from "picocolors";
import { errorCodes, isBothyError } from "bothy/internal";

/** Where a command talks: data goes to stdout, everything else to stderr, so that pipes get data only. */
export interface Output {
  readonly isJson: boolean;
  /** True when a person is watching: progress may redraw its line. */
  readonly isTerminal: boolean;
  /** The result of the command. */
  print(text: string): void;
  /** What happens meanwhile. */
  say(text: string): void;
  /** A line that is drawn again and again; on no terminal it is printed now and then. */
  progress(label: string, done: number, total: number, perSecond: number): void;
}

/** Output on this process's streams. */
export function createOutput(isJson: boolean): Output {
  const isTerminal = process.stderr.isTTY === true && process.env["TERM"] !== "dumb";
  let lastTenth = -1;
  return {
    isJson,
    isTerminal,
    print: (text) => void process.stdout.write(`${text}\n`),
    say: (text) => void (isJson || process.stderr.write(`${text}\n`)),
    progress(label, done, total, perSecond) {
      if (isJson) return;
      const line = `${label} ${bar(done, total)} ${count(done)}/${count(total)} rows, ${count(perSecond)} rows/s`;
      if (isTerminal) process.stderr.write(`\r\u001b[2K${line}${done === total ? "\n" : ""}`);
      else {
        const tenth = Math.floor((done / Math.max(total, 1)) * 10);
        if (tenth !== lastTenth) process.stderr.write(`${line}\n`);
        lastTenth = tenth === 10 ? -1 : tenth;
      }
    },
  };
}

const barWidth = 24;

function bar(done: number, total: number): string {
  const filled = total === 0 ? barWidth : Math.floor((done / total) * barWidth);
  return colors.green("█".repeat(filled)) + colors.dim("░".repeat(barWidth - filled));
}

function count(number: number): string {
  return Math.round(number).toLocaleString("en-US");
}

/** Prints what went wrong, why and what to do, and returns the exit code that says so. */
export function reportError(error: unknown, isJson: boolean): number {
  if (!isBothyError(error)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(isJson ? `${JSON.stringify({ error: { code: "internal", message: text } })}\n` : `${text}\n`);
    return errorCodes.internal.exitCode;
  }
  if (isJson) {
    const { code, message, fix, details } = error;
    process.stderr.write(`${JSON.stringify({ error: { code, message, fix, details } })}\n`);
  } else {
    process.stderr.write(`${colors.red("Error")} ${colors.dim(error.code)}: ${error.message}\n`);
    if (error.cause !== undefined) process.stderr.write(`${colors.dim("Cause:")} ${describe(error.cause)}\n`);
    if (error.fix !== undefined) process.stderr.write(`${colors.cyan("Fix:")} ${error.fix}\n`);
  }
  return errorCodes[error.code].exitCode;
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
