import { BothyError, toWireError } from "bothy/internal";
import type { WireError } from "bothy/internal";
import { reportFault } from "../base/index.ts";
import type { World } from "../base/index.ts";

/** Another socket has taken the place of this one (SY4). */
export function deviceReplaced(): BothyError {
  return new BothyError("device_replaced", {
    message: "Another connection of this device has taken the place of this one.",
    fix: "Nothing is to be done if the app is open in another window; else reload it.",
  });
}

/** No hello came in time (SY1). */
export function helloMissing(helloMs: number): BothyError {
  return new BothyError("frame_invalid", {
    message: `No hello came within ${helloMs} ms.`,
    fix: "Send a hello as the first message of a socket.",
  });
}

/** Something else came where a hello was due, or a second one (SY1). */
export function unexpectedMessage(type: string): BothyError {
  return new BothyError("frame_invalid", {
    message: `A ${type} came at a moment at which the protocol has none.`,
    fix: "Send one hello as the first message of a socket, and nothing before the welcome but what may wait for it.",
  });
}

/** Bytes came where messages are text (SY1). */
export function binaryMessage(): BothyError {
  return new BothyError("frame_invalid", {
    message: "A client's message is a binary one.",
    fix: "Send messages as text.",
  });
}

/** SY1. */
export function frameTooLarge(sizeMax: number): BothyError {
  return new BothyError("frame_too_large", {
    message: `A message of the client is larger than ${sizeMax} bytes.`,
    fix: "Send mutations in several pushes; arguments have a limit of their own.",
  });
}

/** SY5. */
export function clientSilent(silenceMs: number): BothyError {
  return new BothyError("client_too_slow", {
    message: `Nothing was heard of the client for ${silenceMs} ms.`,
    fix: "Connect again; everything that changed meanwhile is sent then.",
  });
}

/** SY40. */
export function tooManyQuestions(): BothyError {
  return new BothyError("too_many_pending", {
    message: "The client asks about what it holds more often than it is answered.",
    fix: "Use the Bothy client of the deployment's version, which asks one question at a time.",
  });
}

/** SY29. */
export function schemaChanged(): BothyError {
  return new BothyError("shutting_down", {
    message: "The app's schema has changed; what devices follow begins anew.",
    fix: "Connect again.",
  });
}

export function tooManySockets(): BothyError {
  return new BothyError("overloaded", {
    message: "The deployment has as many connections as it can serve.",
    fix: "Connect again later.",
  });
}

export function tooManySocketsOfAddress(): BothyError {
  return new BothyError("overloaded", {
    message: "As many connections as one address may have are open from this one.",
    fix: "Close some, or raise the limit if many people share the address.",
  });
}

export function tooManyDevices(): BothyError {
  return new BothyError("overloaded", {
    message: "As many new devices as one address may bring in an hour have come from this one.",
    fix: "Connect again later, or raise the limit if many people share the address.",
  });
}

export function tooMuchToStore(): BothyError {
  return new BothyError("overloaded", {
    message: "More waits to be stored than the deployment can hold, and a new device would have to be written.",
    fix: "Connect again in a moment.",
  });
}

export function shuttingDown(): BothyError {
  return new BothyError("shutting_down", {
    message: "The deployment is shutting down.",
    fix: "Connect again in a moment.",
  });
}

/** A fault of our own: logged with its cause, of which the client is told the incident only. */
export function internalFault(world: World, error: unknown): BothyError {
  const incident = reportFault(world, "A socket ended by a fault of Bothy.", { error });
  return new BothyError("internal", {
    message: `Something went wrong inside Bothy (incident ${incident}).`,
    fix: "Connect again; the server's log says more under this incident.",
    details: { incident },
  });
}

/** An error as the client is told it; of a fault of our own, the incident. */
export function toldError(error: BothyError): WireError {
  const { incident } = Object(error.details) as { readonly incident?: unknown };
  return toWireError(error, typeof incident === "string" ? incident : undefined);
}
