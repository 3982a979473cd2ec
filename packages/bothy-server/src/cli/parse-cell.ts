import type { ValidatorShape, Value } from "bothy/internal";

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
      return parsed(parseNumber(cell), "a number");
    case "int64":
      return parsed(/^-?\d+$/u.test(cell) ? BigInt(cell) : undefined, "a whole number");
    case "boolean":
      return parsed(cell === "true" ? true : cell === "false" ? false : undefined, "true or false");
    case "null":
      return cell === "" || cell === "null" ? { kind: "value", value: null } : { kind: "wrong", expected: "empty" };
    case "literal":
      return parsed(String(shape.value) === cell ? shape.value : undefined, `"${String(shape.value)}"`);
    case "union":
      return parseUnion(cell, shape.members);
    case "any":
      return { kind: "value", value: parseJsonCell(cell) ?? cell };
    case "array":
    case "object":
    case "record":
    case "bytes":
      return parsed(parseJsonCell(cell), "JSON");
  }
}

function parsed(value: Value | undefined, expected: string): ParsedCell {
  return value === undefined ? { kind: "wrong", expected } : { kind: "value", value };
}

function parseNumber(cell: string): number | undefined {
  const number = Number(cell);
  return cell.trim() === "" || Number.isNaN(number) ? undefined : number;
}

/** The first member that can read the cell, text last: "12" in a union of number and string is the number. */
function parseUnion(cell: string, members: readonly ValidatorShape[]): ParsedCell {
  const textLast = members.toSorted((a, b) => Number(a.kind === "string") - Number(b.kind === "string"));
  const expected: string[] = [];
  for (const member of textLast) {
    const result = parseCell(cell, member);
    if (result.kind === "value") return result;
    expected.push(result.expected);
  }
  return { kind: "wrong", expected: expected.join(" or ") };
}

function parseJsonCell(cell: string): Value | undefined {
  try {
    // Plain JSON only; the validator decides whether it is the right kind.
    return JSON.parse(cell) as Value;
  } catch {
    // Not JSON: the caller says what was expected.
    return undefined;
  }
}
