/** Says in words why a change was refused, whatever was thrown or kept. */
export function refusalText(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  if ("data" in error && typeof error.data === "object" && error.data !== null && "message" in error.data) {
    return String(error.data.message);
  }
  return "message" in error ? String(error.message) : "The change was refused.";
}
