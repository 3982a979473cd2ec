import { BothyError, limits as valueLimits, unreachable } from "bothy/internal";
import type { WireError } from "bothy/internal";
import { partsOf } from "./call-parts.ts";
import type { CallOutcome, FunctionCall, FunctionEntry } from "./function-pool.ts";
import type { PoolLimits } from "./limits.ts";
import type { EndReason } from "./messages.ts";

/** The outcome of a call that met a limit alone in a process. */
export function exceeded(name: string, reason: EndReason, limits: PoolLimits): CallOutcome {
  return { kind: "exceeded", error: { code: "limit_exceeded", ...exceededText(name, reason, limits) } };
}

function exceededText(name: string, reason: EndReason, limits: PoolLimits): Pick<WireError, "message" | "fix"> {
  const mebibytes = (bytes: number): number => Math.round(bytes / 1_048_576);
  switch (reason) {
    case "time":
      return {
        message: `"${name}" did not come to an end within its time, ${limits.callMs} ms.`,
        fix: "Look for an endless loop or a promise that nothing settles; do less in one call.",
      };
    case "memory":
      return {
        message: `"${name}" used more memory than a call may: ${mebibytes(limits.heapBytes)} MiB of heap, ${mebibytes(limits.residentBytes)} MiB in all.`,
        fix: "Read fewer documents at a time and keep less of them.",
      };
    case "ended":
      return {
        message: `"${name}" ended the process that it ran in.`,
        fix: "The server's log has what the process said last.",
      };
    default:
      return unreachable(reason);
  }
}

/** Why a call is not even begun: no such function for this caller, or one of another kind. */
export function refusal(call: FunctionCall, functions: ReadonlyMap<string, FunctionEntry>): CallOutcome | undefined {
  for (const { name } of partsOf(call)) {
    const refused = refusalOf({ ...call, name }, functions.get(name));
    if (refused) return refused;
  }
  return undefined;
}

function refusalOf(call: FunctionCall, entry: FunctionEntry | undefined): CallOutcome | undefined {
  // An internal function does not exist for callers who may not call it.
  if (entry === undefined || (entry.visibility === "internal" && !call.mayCallInternal)) {
    return refused({
      code: "function_missing",
      message: `There is no function "${call.name}".`,
      fix: "Check the name: module:export, as in shared/reports:list.",
    });
  }
  if (entry.kind !== call.kind) {
    return refused({
      code: "function_wrong_kind",
      message: `"${call.name}" is a ${entry.kind}, and was called as a ${call.kind}.`,
      fix: `Call it as a ${entry.kind}.`,
    });
  }
  return undefined;
}

/** Why a call is not given to a process though it could be: its arguments are larger than what a device may send (FN7). */
export function refusalOfSize({ name, args }: FunctionCall, lineLength: number): CallOutcome | undefined {
  const { argumentsSizeBytes } = valueLimits;
  // The line holds the arguments and more: nearly all calls are small enough without another look.
  if (lineLength <= argumentsSizeBytes || JSON.stringify(args).length <= argumentsSizeBytes) return undefined;
  return refused({
    code: "arguments_invalid",
    message: `The arguments of "${name}" are larger than ${argumentsSizeBytes} bytes.`,
    fix: "Send it in several calls.",
  });
}

function refused(error: WireError): CallOutcome {
  return { kind: "refused", error };
}

/** The functions could not be loaded. */
export function loadFailed(cause: string): BothyError {
  return new BothyError("build_failed", {
    message: `The functions could not be loaded: ${cause}`,
    fix: "Repair what the message names and save again.",
  });
}

/** A call gave way to commits too often. */
export function overtaken(name: string): BothyError {
  return new BothyError("contention", {
    message: `"${name}" was overtaken by other writes again and again.`,
    fix: "Try again; read fewer documents that others write all the time.",
  });
}

/** No room for another call. */
export function overloaded(cause: string): BothyError {
  return new BothyError("overloaded", {
    message: `The functions can't take another call: ${cause}`,
    fix: "Try again later.",
  });
}

/** The pool is closing. */
export function shuttingDown(): BothyError {
  return new BothyError("shutting_down", { message: "The server is shutting down.", fix: "Try again in a moment." });
}
