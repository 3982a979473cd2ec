import { BothyError } from "bothy/internal";
import type { CallWorld } from "../../base/index.ts";
import type { FunctionCall } from "../function-pool.ts";
import { printedLineLengthMax, printedLinesMax } from "../limits.ts";
import type { PrintMessage } from "../messages.ts";

/** Who hears of what a call does to its world. */
export interface CallOwner {
  /** It asked for the time. */
  readonly onTimeRead: () => void;
  readonly random: () => number;
  readonly print: (message: PrintMessage) => void;
  /** Something that it left behind threw. */
  readonly fail: (thrown: unknown) => void;
}

/** Time, chance and the outside as one call sees them (FN3, FN4, FN5). */
export function createCallWorld(call: FunctionCall, owner: CallOwner): CallWorld {
  let printedLines = 0;
  return {
    readTimeMs: () => {
      owner.onTimeRead();
      return call.timeMs;
    },
    random: owner.random,
    refuse: (what) => notDeterministic(call, what),
    print: (level, text) => {
      printedLines++;
      if (printedLines > printedLinesMax) return;
      const cut = text.length > printedLineLengthMax ? `${text.slice(0, printedLineLengthMax)} …` : text;
      const last = printedLines === printedLinesMax ? "\n(What else this call prints is dropped.)" : "";
      owner.print({ type: "print", level, name: call.name, text: cut + last });
    },
    fail: owner.fail,
  };
}

function notDeterministic({ name, kind }: FunctionCall, what: string): BothyError {
  return new BothyError("function_not_deterministic", {
    message: `The ${kind} "${name}" used ${what}, whose result is not the same on every run.`,
    fix: "A query, mutation or scope may be run again at any time: let it depend on its arguments and the database only.",
  });
}
