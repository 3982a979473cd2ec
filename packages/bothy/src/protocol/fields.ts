import { BothyError } from "../errors/index.ts";
import { limits } from "../values/index.ts";
import type { Json } from "./messages.ts";

/** Fields of a message, of which nothing is known yet. */
export type Fields = { readonly [field: string]: unknown };

/** Makes the error of a message that is not what SY1 says. */
export function frameInvalid(what: string): BothyError {
  return new BothyError("frame_invalid", {
    message: `A client's message ${what}.`,
    fix: "Use the Bothy client of the deployment's version, or follow docs/spec/sync.md.",
  });
}

/** Takes an object with no other fields than the named ones. */
export function readFields(json: unknown, where: string, known: readonly string[]): Fields {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw frameInvalid(`has no object as ${where}`);
  for (const field of Object.keys(json)) {
    if (!known.includes(field)) throw frameInvalid(`has an unknown field in ${where}`);
  }
  return json as Fields;
}

/** Takes a text of limited length. */
export function readText(json: unknown, where: string, lengthMax: number): string {
  if (typeof json === "string" && json.length <= lengthMax) return json;
  throw frameInvalid(`has no text of at most ${lengthMax} characters as ${where}`);
}

/** Takes a text of an exact number of hex digits. */
export function readHex(json: unknown, where: string, digits: number): string {
  if (typeof json === "string" && json.length === digits && /^[0-9a-f]*$/.test(json)) return json;
  throw frameInvalid(`has no ${digits} hex digits as ${where}`);
}

/** Takes a whole number from a minimum up. */
export function readCount(json: unknown, where: string, min: number): number {
  if (typeof json === "number" && Number.isSafeInteger(json) && json >= min) return json;
  throw frameInvalid(`has no whole number of at least ${min} as ${where}`);
}

/** Takes a finite number. */
export function readNumber(json: unknown, where: string): number {
  if (typeof json === "number" && Number.isFinite(json)) return json;
  throw frameInvalid(`has no number as ${where}`);
}

/** Takes a list of limited length. */
export function readList(json: unknown, where: string, lengthMax: number): readonly unknown[] {
  if (Array.isArray(json) && json.length <= lengthMax) return json;
  throw frameInvalid(`has no list of at most ${lengthMax} as ${where}`);
}

/** Takes any JSON, not nested so deeply that what works on it could run out of stack. */
export function readJson(json: unknown, where: string): Json {
  if (json !== undefined && isShallow(json, limits.wireNestingMax + 2)) return json as Json;
  throw frameInvalid(`has no JSON, or JSON nested too deeply, as ${where}`);
}

function isShallow(json: unknown, levels: number): boolean {
  if (typeof json !== "object" || json === null) return true;
  if (levels === 0) return false;
  for (const inner of Array.isArray(json) ? json : Object.values(json)) if (!isShallow(inner, levels - 1)) return false;
  return true;
}
