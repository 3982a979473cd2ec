import {
  BothyError,
  decodeValue,
  encodeValue,
  isAppError,
  isBothyError,
  isPlainObject,
  limits,
  toWireError,
  validate,
} from "bothy/internal";
import type { ArgumentsObject, ErrorCode, Json, RegisteredFunction, Value, WireError } from "bothy/internal";
import type { CallOutcome, FunctionCall } from "../function-pool.ts";

/** The arguments of a call, checked by what the function declares (FN7). */
export function argumentsOf(registered: RegisteredFunction, { name, args }: FunctionCall): ArgumentsObject {
  const value = retold("arguments_invalid", `The arguments of "${name}"`, () => decodeValue(args));
  if (registered.args !== undefined)
    validate(registered.args, value, "arguments_invalid", `The arguments of "${name}"`);
  if (isPlainObject(value)) return value as ArgumentsObject;
  throw new BothyError("arguments_invalid", {
    message: `The arguments of "${name}" are no object.`,
    fix: "Call functions with an object of named arguments.",
  });
}

/** What a function returned, checked and encoded; nothing is null (FN7). */
export function resultOf(registered: RegisteredFunction, name: string, returned: unknown): Json {
  // `encodeValue` refuses whatever is no value.
  const value = (returned ?? null) as Value;
  const encoded = retold("returns_invalid", `The result of "${name}"`, () => encodeValue(value));
  if (registered.returns !== undefined)
    validate(registered.returns, value, "returns_invalid", `The result of "${name}"`);
  const sizeBytes = Buffer.byteLength(JSON.stringify(encoded));
  if (sizeBytes <= limits.resultSizeBytes) return encoded;
  throw new BothyError("limit_exceeded", {
    message: `The result of "${name}" has ${sizeBytes} bytes; at most ${limits.resultSizeBytes} are possible.`,
    fix: "Return less: take(n), paginate, or fewer fields.",
  });
}

/** Gives a refused value the code that says whose it is. */
function retold<Result>(code: ErrorCode, what: string, work: () => Result): Result {
  try {
    return work();
  } catch (thrown) {
    if (!isBothyError(thrown)) throw thrown;
    const fix = thrown.fix === undefined ? {} : { fix: thrown.fix };
    throw new BothyError(code, { message: `${what} cannot be passed on: ${thrown.message}`, ...fix, cause: thrown });
  }
}

/** How something thrown in a function travels (FN8). */
export function wireErrorOf(thrown: unknown, onFault: (stack: string) => void): WireError {
  if (isAppError(thrown) || isBothyError(thrown)) return toWireError(thrown);
  const message = thrown instanceof Error ? thrown.message : textOf(thrown);
  onFault(thrown instanceof Error ? (thrown.stack ?? message) : message);
  return { code: "function_failed", message, fix: "The server's log has the place at which it was thrown." };
}

function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    // An object that cannot even be written: there is nothing to tell.
    return "something that is no error was thrown";
  }
}

/** The outcome of a call of a function that the bundle does not have. */
export function missingFunction(name: string): CallOutcome {
  return {
    kind: "refused",
    error: {
      code: "function_missing",
      message: `There is no function "${name}".`,
      fix: "Check the name: module:export.",
    },
  };
}
