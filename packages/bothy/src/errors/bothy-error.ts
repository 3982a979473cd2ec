import type { ErrorCode } from "./codes.ts";
import type { Json } from "./json.ts";

// A registered symbol, because two copies of this package may be loaded and `instanceof` would miss the other's errors.
const mark = Symbol.for("bothy.error");

/** What a BothyError says besides its code. */
export interface BothyErrorText {
  /** What happened to which thing. */
  readonly message: string;
  /** What to do next. */
  readonly fix?: string;
  readonly cause?: unknown;
  readonly details?: Json;
}

/** A failure that somebody outside the code can act on: a caller, a configuration, a disk. */
export class BothyError extends Error {
  readonly code: ErrorCode;
  // Declared only: an error without a fix has no such property, so it compares and prints as what it is.
  declare readonly fix?: string;
  declare readonly details?: Json;

  constructor(code: ErrorCode, text: BothyErrorText) {
    super(text.message, text.cause === undefined ? undefined : { cause: text.cause });
    this.code = code;
    if (text.fix !== undefined) this.fix = text.fix;
    if (text.details !== undefined) this.details = text.details;
    this.name = "BothyError";
    Object.defineProperty(this, mark, { value: true });
  }
}

/** Tells whether something thrown is a BothyError, also one from another copy of this package. */
export function isBothyError(thrown: unknown): thrown is BothyError {
  return typeof thrown === "object" && thrown !== null && mark in thrown;
}
