import { BothyError, createRandom } from "bothy/internal";
import type { CallWorld } from "../../base/index.ts";
import type { FunctionCall } from "../function-pool.ts";
import { printedLineLengthMax, printedLinesMax } from "../limits.ts";
import type { PrintMessage } from "../messages.ts";

/** Time, chance and the outside as one call sees them (FN3, FN4, FN5). */
export function createCallWorld(
  call: FunctionCall,
  print: (message: PrintMessage) => void,
  fail: (thrown: unknown) => void,
): CallWorld {
  let printedLines = 0;
  // Seeding hashes the nonce, which costs more than most calls: only those that ask for chance pay for it.
  let next: (() => number) | undefined;
  return {
    readTimeMs: () => {
      if (call.kind === "scope") throw timeInScope(call.name);
      return call.timeMs;
    },
    random: () => (next ??= createRandom(call.nonce))(),
    refuse: (what) => notDeterministic(call, what),
    print: (level, text) => {
      printedLines++;
      if (printedLines > printedLinesMax) return;
      const cut = text.length > printedLineLengthMax ? `${text.slice(0, printedLineLengthMax)} …` : text;
      const last = printedLines === printedLinesMax ? "\n(What else this call prints is dropped.)" : "";
      print({ type: "print", level, name: call.name, text: cut + last });
    },
    fail,
  };
}

function timeInScope(name: string): BothyError {
  return new BothyError("scope_failed", {
    message: `The scope "${name}" asked for the time.`,
    fix: "A scope runs again when what it has read changes, not when time passes: let it depend on documents only.",
  });
}

function notDeterministic({ name, kind }: FunctionCall, what: string): BothyError {
  return new BothyError("function_not_deterministic", {
    message: `The ${kind} "${name}" used ${what}, whose result is not the same on every run.`,
    fix: "A query, mutation or scope may be run again at any time: let it depend on its arguments and the database only.",
  });
}
