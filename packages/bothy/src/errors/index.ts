/**
 * How failures are told apart and passed on.
 *
 * A broken belief of ours is an `assert`; what a caller, a configuration or a disk did is a `BothyError` with a code of the
 * closed table; what an app's own function refuses is an `AppError`. Errors are recognised by a registered symbol, so copies
 * of this package understand each other. Their wire form is in `values`, which can encode an app's data.
 */
export { AppError, isAppError } from "./app-error.ts";
export { assert, unreachable } from "./assert.ts";
export { BothyError, isBothyError } from "./bothy-error.ts";
export type { BothyErrorText } from "./bothy-error.ts";
export { errorCodes, isErrorCode } from "./codes.ts";
export type { ErrorCode, ErrorTraits } from "./codes.ts";
export type { Json } from "./json.ts";
export type { WireError } from "./wire-error.ts";
