import type { ErrorCode } from "./codes.ts";
import type { Json } from "./json.ts";

/** A failure as it travels: the code, what happened, what to do, and an AppError's encoded data. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly fix?: string;
  readonly data?: Json;
}
