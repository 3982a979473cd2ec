import type { KeyRange } from "../schema/index.ts";
import { elementEnd, keyAfterPrefix, type Key } from "../values/index.ts";

/** A range told by fields: the elements that it fixes and the bounds on the field after them. */
export interface RangeFields {
  /** The elements of the fixed fields, in the order of the range's index. */
  readonly fixed: readonly { readonly field: string; readonly element: Key }[];
  /** The field on which there are bounds, if any is left to have them. */
  readonly boundField: string | undefined;
  /** What follows the fixed elements in the first key, at most one element of it. */
  readonly lowerRest: Key;
  readonly upperRest: Key;
}

/** Reads the fields of a range from its keys. A bound of several elements is widened to the first of them. */
export function fieldsOfRange(range: KeyRange, fields: readonly string[]): RangeFields {
  const fixed: { field: string; element: Key }[] = [];
  let offset = 0;
  for (let at = 0; at < range.equalities; at++) {
    const end = elementEnd(range.lower, offset);
    fixed.push({ field: fields[at] ?? "", element: range.lower.slice(offset, end) });
    offset = end;
  }
  return {
    fixed,
    boundField: fields[range.equalities],
    lowerRest: widenLower(range.lower.slice(offset)),
    upperRest: widenUpper(range.upper.slice(offset)),
  };
}

/**
 * The interval of another index in which every document of a range lies: its fields are followed while the range fixes
 * them, and then its bounds if they are on the next field.
 */
export function impliedInterval(range: RangeFields, fields: readonly string[]): readonly [lower: Key, upper: Key] {
  let prefix = "";
  for (const field of fields) {
    const fixed = range.fixed.find((candidate) => candidate.field === field);
    if (fixed !== undefined) prefix += fixed.element;
    else if (field === range.boundField) return [prefix + range.lowerRest, prefix + range.upperRest];
    else break;
  }
  return [prefix, keyAfterPrefix(prefix)];
}

const afterAll = keyAfterPrefix("");

function widenLower(rest: Key): Key {
  if (rest === "" || rest >= afterAll) return rest;
  const end = elementEnd(rest, 0);
  const isAfterElement = rest.startsWith(afterAll, end);
  return isAfterElement ? rest.slice(0, end + afterAll.length) : rest.slice(0, end);
}

function widenUpper(rest: Key): Key {
  if (rest === "" || rest >= afterAll) return rest;
  const end = elementEnd(rest, 0);
  return rest.length === end ? rest : keyAfterPrefix(rest.slice(0, end));
}
