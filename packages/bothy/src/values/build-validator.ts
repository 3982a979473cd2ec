import { BothyError } from "../errors/index.ts";
import { findFieldNameProblem } from "./field-name.ts";
import { findIssues } from "./find-issues.ts";
import { validatorToJson } from "./validator-json.ts";
import type { Issue, Validator, ValidatorShape } from "./validator.ts";

type ShapeFields = Readonly<Record<string, ValidatorShape>>;

/** Makes a validator that checks what a shape says; the caller names the type of the values that it lets through. */
export function buildValidator<V extends Validator>(shape: ValidatorShape): V {
  checkParts(shape);
  const validator = {
    ...shape,
    ...(shape.kind === "object" ? objectMethods(shape.fields) : {}),
    get json() {
      return validatorToJson(shape);
    },
    check: (value: unknown): readonly Issue[] => findIssues(shape, value),
    optional: () => buildValidator({ ...shape, isOptional: true }),
    "~standard": {
      version: 1,
      vendor: "bothy",
      validate: (value: unknown) => {
        const issues = findIssues(shape, value);
        return issues.length === 0 ? { value } : { issues };
      },
    },
  };
  // The one place where a shape gets its type: `~type` and `~paths` exist for the compiler only.
  return validator as unknown as V;
}

function objectMethods(fields: ShapeFields): object {
  const build = (entries: readonly [string, ValidatorShape][]): Validator =>
    buildValidator({ kind: "object", isOptional: false, fields: Object.fromEntries(entries) });
  const entries = Object.entries(fields);
  return {
    pick: (...names: readonly string[]) => build(entries.filter(([name]) => names.includes(name))),
    omit: (...names: readonly string[]) => build(entries.filter(([name]) => !names.includes(name))),
    partial: () => build(entries.map(([name, shape]) => [name, optionalOf(shape)])),
    extend: (more: ShapeFields) => build([...entries, ...Object.entries(more)]),
  };
}

// A part is a validator, not a bare shape, and must stay one: authors reach it through `fields`.
function optionalOf(part: ValidatorShape): ValidatorShape {
  return (part as ValidatorShape & Validator).optional() as ValidatorShape & Validator;
}

function checkParts(shape: ValidatorShape): void {
  switch (shape.kind) {
    case "array":
      return checkPart(shape.element, "v.array");
    case "record":
      checkPart(shape.key, "v.record");
      return checkPart(shape.value, "v.record");
    case "union":
      for (const member of shape.members) checkPart(member, "v.union");
      return;
    case "object":
      for (const [field, part] of Object.entries(shape.fields)) checkField(field, part);
      return;
    default:
  }
}

function checkField(field: string, part: unknown): void {
  const problem = findFieldNameProblem(field);
  if (problem !== undefined) {
    throw new BothyError("schema_invalid", {
      message: `The field name ${JSON.stringify(field)} ${problem}.`,
      fix: "Rename the field.",
    });
  }
  if (!isValidatorLike(part)) throw notAValidator(`field "${field}"`);
}

function checkPart(part: unknown, place: string): void {
  if (!isValidatorLike(part)) throw notAValidator(place);
  if (part.isOptional) {
    throw new BothyError("schema_invalid", {
      message: `${place} was given an optional validator, but only a field of an object can be absent.`,
      fix: "Use v.union(…, v.null()) for something that can be empty.",
    });
  }
}

/** Tells whether something is a validator, also one from another copy of this package. */
export function isValidatorLike(part: unknown): part is Validator {
  return typeof part === "object" && part !== null && "kind" in part && "isOptional" in part && "~standard" in part;
}

function notAValidator(place: string): BothyError {
  return new BothyError("schema_invalid", {
    message: `What ${place} was given is not a validator.`,
    fix: "Use v.string(), v.object({…}) and so on. Do two files import each other?",
  });
}
