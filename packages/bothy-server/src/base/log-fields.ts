/** Longer texts are cut: a line is to be read. */
const textMax = 8_192;

/** JSON text of a field, whatever it is: cycles, errors, bigints, functions. */
export function fieldJson(value: unknown): string {
  const seen = new Set<unknown>();
  return JSON.stringify(value, (_, field: unknown) => {
    if (typeof field === "object" && field !== null) {
      if (seen.has(field)) return "[again]";
      seen.add(field);
    }
    return plainField(field);
  });
}

/** A field as JSON can have it; what is inside an object is left as it is. */
export function plainField(field: unknown): unknown {
  if (typeof field === "bigint") return `${field}n`;
  if (typeof field === "string") return field.length > textMax ? `${field.slice(0, textMax)}…` : field;
  if (typeof field === "function" || typeof field === "symbol" || field === undefined) return String(field);
  if (field instanceof Error) return describeError(field);
  return field;
}

function describeError(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const code: unknown = Reflect.get(error, "code");
  return {
    name,
    message,
    ...(code === undefined ? {} : { code }),
    ...(stack === undefined ? {} : { stack }),
    ...(cause === undefined ? {} : { cause }),
  };
}

/** Shows control characters as escapes, so that logged text can neither forge lines nor steer a terminal. */
export function escapeControls(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
