import { BothyError } from "../errors/index.ts";
import { findFieldNameProblem, findTopFieldNameProblem } from "./field-name.ts";
import * as limits from "./limit-figures.ts";
import { type PathStep, writePath } from "./path.ts";
import { isWellFormed, utf8Length } from "./text.ts";
import { type Document, isBytes, isPlainObject, nameType, type Value } from "./value.ts";

/** Why something is no value, and where inside it. */
export interface ValueProblem {
  readonly path: PathStep[];
  /** Continues a sentence that begins with the path. */
  readonly what: string;
}

/** Finds the first reason why something cannot be stored and sent, or nothing if it is a value (VA1, VA16). */
export function findValueProblem(value: unknown, nestingMax: number): ValueProblem | undefined {
  switch (typeof value) {
    case "string":
      return isWellFormed(value) ? undefined : { path: [], what: "is a string with a lone surrogate" };
    case "number":
    case "boolean":
      return undefined;
    case "bigint":
      return BigInt.asIntN(64, value) === value ? undefined : { path: [], what: "is a bigint of more than 64 bits" };
    case "object":
      if (value === null || isBytes(value)) return undefined;
      if (nestingMax === 0) return { path: [], what: "is nested too deeply" };
      if (Array.isArray(value)) return findArrayProblem(value, nestingMax - 1);
      if (isPlainObject(value)) return findObjectProblem(value, nestingMax - 1);
      break;
    default:
  }
  return { path: [], what: `is ${nameType(value)}, which is no value` };
}

function findArrayProblem(array: readonly unknown[], nestingMax: number): ValueProblem | undefined {
  if (array.length > limits.arrayLengthMax) return { path: [], what: `has more than ${limits.arrayLengthMax} items` };
  // By number, because a gap is not visited otherwise; it reads as undefined and is refused as such.
  for (let i = 0; i < array.length; i++) {
    const problem = findValueProblem(array[i], nestingMax);
    if (problem !== undefined) return within(i, problem);
  }
  return undefined;
}

function findObjectProblem(
  object: { readonly [field: string]: unknown },
  nestingMax: number,
): ValueProblem | undefined {
  const fields = Object.keys(object);
  if (fields.length > limits.fieldsMax) return { path: [], what: `has more than ${limits.fieldsMax} fields` };
  for (const field of fields) {
    const child = object[field];
    if (child === undefined) continue;
    const nameProblem = findFieldNameProblem(field);
    if (nameProblem !== undefined) return { path: [field], what: `has a name that ${nameProblem}` };
    const problem = findValueProblem(child, nestingMax);
    if (problem !== undefined) return within(field, problem);
  }
  return undefined;
}

function within(step: PathStep, problem: ValueProblem): ValueProblem {
  problem.path.unshift(step);
  return problem;
}

/** Refuses as `value_invalid` what cannot be sent, naming the path to it. */
export function checkValue(value: unknown): asserts value is Value {
  const problem = findValueProblem(value, limits.wireNestingMax);
  if (problem === undefined) return;
  throw new BothyError("value_invalid", {
    message: `${writePath(problem.path)} ${problem.what}.`,
    fix: "docs/spec/values.md lists what can be sent.",
  });
}

/** Refuses a document that breaks the rules for names, types or sizes (VA12, VA16), and returns its size in bytes. */
export function checkDocument(table: string, document: Document): number {
  const problem = findDocumentProblem(document);
  if (problem !== undefined) {
    throw new BothyError("document_invalid", {
      message: `A document of table "${table}" cannot be stored: ${writePath(problem.path, "it")} ${problem.what}.`,
      fix: "docs/spec/values.md lists what can be stored.",
    });
  }
  const sizeBytes = valueSizeBytes(document);
  if (sizeBytes > limits.documentSizeBytes) {
    throw new BothyError("document_too_large", {
      message: `A document of table "${table}" has ${sizeBytes} bytes; at most ${limits.documentSizeBytes} can be stored.`,
      fix: "Split it into several documents.",
    });
  }
  return sizeBytes;
}

function findDocumentProblem(document: Document): ValueProblem | undefined {
  for (const field of Object.keys(document)) {
    if (field === "_id" || field === "_creationTime" || document[field] === undefined) continue;
    const nameProblem = findTopFieldNameProblem(field);
    if (nameProblem !== undefined) return { path: [field], what: `has a name that ${nameProblem}` };
  }
  return findValueProblem(document, limits.nestingMax);
}

/** The size by which limits are judged: 1 for null and booleans, 9 for numbers, otherwise the content's bytes and 2. */
export function valueSizeBytes(value: Value): number {
  switch (typeof value) {
    case "string":
      return 2 + utf8Length(value);
    case "number":
    case "bigint":
      return 9;
    case "boolean":
      return 1;
    default: {
      if (value === null) return 1;
      if (isBytes(value)) return 2 + value.byteLength;
      let sizeBytes = 2;
      if (Array.isArray(value)) for (const item of value) sizeBytes += valueSizeBytes(item);
      else {
        for (const field of Object.keys(value)) {
          const child = value[field];
          if (child !== undefined) sizeBytes += 1 + field.length + valueSizeBytes(child);
        }
      }
      return sizeBytes;
    }
  }
}
