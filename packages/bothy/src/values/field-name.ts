import { BothyError } from "../errors/index.ts";
import * as limits from "./limit-figures.ts";

const printableAscii = /^[\x20-\x7e]+$/;

/**
 * Says what is wrong with a field name inside any value (VA12), or nothing. `__proto__` is refused because writing it with
 * a plain assignment changes an object's prototype; every other name is inert.
 */
export function findFieldNameProblem(field: string): string | undefined {
  if (goodNames.has(field)) return undefined;
  const problem = judgeFieldName(field);
  if (problem === undefined && field.length <= limits.fieldNameLengthMax && goodNames.size < goodNamesMax)
    goodNames.add(field);
  return problem;
}

// The same few names come with every row; a stranger's must not fill the memory.
const goodNames = new Set<string>();
const goodNamesMax = 4_096;

function judgeFieldName(field: string): string | undefined {
  if (field === "") return "is empty";
  if (field === "__proto__") return "is kept by JavaScript";
  if (field.startsWith("$")) return "begins with $";
  if (field.length > limits.nestedFieldNameLengthMax)
    return `is longer than ${limits.nestedFieldNameLengthMax} characters`;
  if (!printableAscii.test(field)) return "is not printable ASCII";
  return undefined;
}

/** Says what is wrong with a field name at the top of a document (VA12), or nothing. */
export function findTopFieldNameProblem(field: string): string | undefined {
  if (field.startsWith("_")) return "begins with _";
  if (field.length > limits.fieldNameLengthMax) return `is longer than ${limits.fieldNameLengthMax} characters`;
  return findFieldNameProblem(field);
}

/** The error for a field name that no value may have. */
export function fieldNameRefused(field: string, path: string = ""): BothyError {
  const shown = field.length > 80 ? `${field.slice(0, 80)}…` : field;
  return new BothyError("value_invalid", {
    message: `The field name ${JSON.stringify(shown)}${path === "" ? "" : ` in ${path}`} ${findFieldNameProblem(field) ?? "is refused"}.`,
    fix: "Rename the field, or keep such names as values.",
  });
}
