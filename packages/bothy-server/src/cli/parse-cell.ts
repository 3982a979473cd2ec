import { decodeValue } from "bothy/internal";
import type { Json, ValidatorShape, Value } from "bothy/internal";

/** What a cell of a CSV file means for its field; an absent value leaves the field out. */
export type ParsedCell =
  | { readonly kind: "value"; readonly value: Value | undefined }
  | { readonly kind: "wrong"; readonly expected: string };

/** Reads a cell as the type of its field. A field that the table does not have is kept as text, for the validator to refuse. */
export function parseCell(cell: string, shape: ValidatorShape | undefined): ParsedCell {
  if (shape === undefined) return { kind: "value", value: cell };
  if (cell === "" && shape.isOptional) return { kind: "value", value: undefined };
  switch (shape.kind) {
    case "string":
    case "id":
      return { kind: "value", value: cell };
    case "float64":
      return parsed(decimalForm.test(cell.trim()) ? Number(cell) : undefined, "a number");
    case "int64":
      return parsed(parseInt64(cell.trim()), "a whole number of 64 bits");
    case "boolean":
      return parsed(booleans.get(cell.trim().toLowerCase()), "true or false");
    case "null":
      return cell === "" || cell === "null" ? { kind: "value", value: null } : { kind: "wrong", expected: "empty" };
    case "literal":
      return parsed(String(shape.value) === cell ? shape.value : undefined, `"${String(shape.value)}"`);
    case "union":
      return parseUnion(cell, shape.members);
    case "any":
      return { kind: "value", value: parseAny(cell) };
    case "array":
    case "object":
    case "record":
    case "bytes":
      return parsed(parseJsonCell(cell), "JSON");
  }
}

// What people and programs write into tables, and nothing that only a programming language calls a number.
const decimalForm = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu;
const booleans: ReadonlyMap<string, boolean> = new Map([
  ["true", true],
  ["false", false],
]);

function parsed(value: Value | undefined, expected: string): ParsedCell {
  return value === undefined ? { kind: "wrong", expected } : { kind: "value", value };
}

function parseInt64(text: string): bigint | undefined {
  if (!/^[+-]?\d{1,19}$/u.test(text)) return undefined;
  const number = BigInt(text.replace(/^\+/u, ""));
  return BigInt.asIntN(64, number) === number ? number : undefined;
}

/** The first member that can read the cell, text last: "12" in a union of number and string is the number. */
function parseUnion(cell: string, members: readonly ValidatorShape[]): ParsedCell {
  const textLast = members.toSorted((a, b) => Number(a.kind === "string") - Number(b.kind === "string"));
  const expected = new Set<string>();
  for (const member of textLast) {
    const result = parseCell(cell, member);
    if (result.kind === "value") return result;
    expected.add(result.expected);
  }
  return { kind: "wrong", expected: [...expected].join(" or ") };
}

/** JSON where it is some, else text. */
function parseAny(cell: string): Value {
  const value = parseJsonCell(cell);
  return value === undefined ? cell : value;
}

/** JSON in the wire form of values; undefined if it is none. */
function parseJsonCell(cell: string): Value | undefined {
  try {
    return decodeValue(JSON.parse(cell) as Json);
  } catch {
    // No JSON, or none of a value: the caller says what was expected.
    return undefined;
  }
}
