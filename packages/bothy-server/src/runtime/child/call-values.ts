import {
  BothyError,
  bringUp,
  decodeValue,
  encodeValue,
  groupName,
  isAppError,
  isBothyError,
  isErrorCode,
  isPlainObject,
  limits,
  toWireError,
  validate,
} from "bothy/internal";
import type { ArgumentsObject, ErrorCode, Json, RegisteredFunction, Value, WireError } from "bothy/internal";
import type { CallPart } from "../call-parts.ts";
import type { CallOutcome } from "../function-pool.ts";

/** The arguments of a call, checked by what the function declares (FN7). */
export function argumentsOf(registered: RegisteredFunction, { name, args, version }: CallPart): ArgumentsObject {
  const sent = retold("arguments_invalid", `The arguments of "${name}"`, () => decodeValue(args));
  const value = broughtUp(name, registered, { args: sent, ...(version !== undefined && { version }) });
  if (registered.args !== undefined)
    validate(registered.args, value, "arguments_invalid", `The arguments of "${name}"`);
  if (isPlainObject(value)) return value as ArgumentsObject;
  throw new BothyError("arguments_invalid", {
    message: `The arguments of "${name}" are no object.`,
    fix: "Call functions with an object of named arguments.",
  });
}

/** What cannot be brought up is the fault of the arguments: the call may be made again with others. */
function broughtUp(
  name: string,
  registered: RegisteredFunction,
  call: { readonly args: Value; readonly version?: string },
): Value {
  try {
    return bringUp(name, registered, call);
  } catch (thrown) {
    if (isBothyError(thrown) && thrown.code === "arguments_invalid") throw thrown;
    throw new BothyError("arguments_invalid", {
      message: `The arguments of "${name}" of an older app cannot be brought up: ${String(thrown instanceof Error ? thrown.message : thrown)}`,
      fix: "Mend the function's upcast; the call is tried again after the next deploy.",
      cause: thrown,
    });
  }
}

/** What a function returned, checked and encoded; nothing is null (FN7). */
export function resultOf(registered: RegisteredFunction, name: string, returned: unknown): Json {
  // `encodeValue` refuses whatever is no value.
  const value = (returned ?? null) as Value;
  const encoded = retold("returns_invalid", `The result of "${name}"`, () => encodeValue(value));
  if (registered.returns !== undefined)
    validate(registered.returns, value, "returns_invalid", `The result of "${name}"`);
  return refusedIfLarge(name, encoded);
}

/** The results of a group, which together are no larger than one result may be. */
export function resultsOf(values: Json[]): Json {
  return refusedIfLarge(groupName, values);
}

function refusedIfLarge(name: string, encoded: Json): Json {
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

/** Longer messages are cut: they are stored and sent with the outcome. */
const messageLengthMax = 4_096;

/** How something thrown in a function travels (FN8). Whatever was thrown, this does not throw. */
export function wireErrorOf(thrown: unknown, onFault: (stack: string) => void): WireError {
  try {
    const isOurs = isAppError(thrown) || isBothyError(thrown);
    return isOurs ? bounded(toWireError(thrown)) : faultOf(thrown, onFault);
  } catch {
    // A proxy or a getter threw while it was looked at: there is nothing to tell.
    return functionFailed("something was thrown that cannot be looked at");
  }
}

/** What the app made up itself has a code of the table and the size of a value that can be stored. */
function bounded(error: WireError): WireError {
  if (!isErrorCode(error.code)) return functionFailed(error.message);
  const sizeBytes = Buffer.byteLength(JSON.stringify(error));
  if (sizeBytes <= limits.documentSizeBytes) return error;
  return functionFailed(`an error of ${sizeBytes} bytes was thrown; at most ${limits.documentSizeBytes} are possible`);
}

function faultOf(thrown: unknown, onFault: (stack: string) => void): WireError {
  const message = String(thrown instanceof Error ? thrown.message : thrown);
  onFault(thrown instanceof Error ? String(thrown.stack ?? message) : message);
  return functionFailed(message);
}

function functionFailed(message: string): WireError {
  const cut = message.length > messageLengthMax ? `${message.slice(0, messageLengthMax)} …` : message;
  return { code: "function_failed", message: cut, fix: "The server's log has the place at which it was thrown." };
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
