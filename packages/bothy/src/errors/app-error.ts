const mark = Symbol.for("bothy.app-error");

/** Thrown by an app's own function to refuse a call; its data reaches the caller unchanged. */
export class AppError<Data = unknown> extends Error {
  readonly data: Data;

  constructor(data: Data) {
    super(describe(data));
    this.data = data;
    this.name = "AppError";
    Object.defineProperty(this, mark, { value: true });
  }
}

/** Tells whether something thrown is an AppError, also one from another copy of this package. */
export function isAppError(thrown: unknown): thrown is AppError {
  return typeof thrown === "object" && thrown !== null && mark in thrown;
}

function describe(data: unknown): string {
  if (typeof data === "string") return data;
  if (typeof data === "object" && data !== null && "message" in data && typeof data.message === "string")
    return data.message;
  try {
    return (
      JSON.stringify(data, (_, field: unknown) => (typeof field === "bigint" ? String(field) : field)) ?? String(data)
    );
  } catch {
    // A cycle has no text; the error is still the app's, and encoding its data names the fault.
    return "The app refused the call.";
  }
}
