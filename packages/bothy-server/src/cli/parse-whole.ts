import { BothyError } from "bothy/internal";

/** Reads an option that is a whole number within bounds. */
export function parseWhole(
  text: string,
  range: { readonly name: string; readonly from: number; readonly to: number },
): number {
  const number = /^\d+$/u.test(text) ? Number(text) : Number.NaN;
  if (number >= range.from && number <= range.to) return number;
  throw new BothyError("usage_invalid", {
    message: `${range.name} is a whole number from ${range.from} to ${range.to}, not "${text}".`,
    fix: "Call it again with such a number.",
  });
}
