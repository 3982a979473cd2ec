import { AppError, BothyError, isAppError, isBothyError, type WireError } from "../errors/index.ts";
import { readValue } from "./read-value.ts";
import { encodeValue } from "./encode.ts";
import type { Value } from "./value.ts";

/**
 * Turns whatever was thrown into the form in which a caller may see it. A fault of ours shows the incident by which the log
 * can be searched, never its cause.
 */
export function toWireError(thrown: unknown, incident?: string): WireError {
  if (isAppError(thrown)) return appWireError(thrown);
  if (!isBothyError(thrown) || thrown.code === "internal") return internalWireError(incident);
  const { code, message, fix } = thrown;
  return fix === undefined ? { code, message } : { code, message, fix };
}

/** Turns a failure that came over the wire back into the error that was thrown. */
export function fromWireError(wire: WireError): BothyError | AppError<Value> {
  if (wire.code === "app_error" && wire.data !== undefined) return new AppError(readValue(wire.data));
  // A newer deployment may know more codes than we do. Theirs says more than any of ours would, and the table need not be here.
  return new BothyError(wire.code, wire);
}

function appWireError(thrown: AppError): WireError {
  try {
    return { code: "app_error", message: thrown.message, data: encodeValue(thrown.data as Value) };
  } catch (error) {
    if (!isBothyError(error)) throw error;
    return {
      code: "function_failed",
      message: `The function threw an AppError whose data cannot be sent: ${error.message}`,
      fix: error.fix ?? "Give AppError a value.",
    };
  }
}

function internalWireError(incident: string | undefined): WireError {
  const message = "Something failed inside Bothy.";
  if (incident === undefined) return { code: "internal", message };
  return {
    code: "internal",
    message: `${message} Incident ${incident}.`,
    fix: `Look for ${incident} in the deployment's log.`,
  };
}
