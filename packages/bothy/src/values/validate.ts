import { BothyError } from "../errors/index.ts";
import type { Validator, ValidatorShape } from "./validator.ts";

/** The errors that a failed check can be. */
export type ValidationCode = "arguments_invalid" | "returns_invalid" | "document_invalid";

/** Refuses a value that a validator does not let through, naming for each fault its path, what was expected and what was found. */
export function validate(validator: Validator, value: unknown, code: ValidationCode, what: string): void {
  // The validator brings its check along, so that who only uses validators does not load what makes them.
  const issues = validator.check(value);
  if (issues.length === 0) return;
  throw new BothyError(code, {
    message: `${what} is refused: ${issues.map((issue) => issue.message).join("; ")}.`,
    fix: "Give what its validator says, or change that.",
    details: issues.map(({ path, expected, found }) => ({ path, expected, found })),
  });
}

/** What a validator says, as data to look through. */
export function shapeOf(validator: Validator): ValidatorShape {
  // Every validator is built from its shape and keeps all of its fields; its typed interfaces cannot say so as one union.
  return validator as Validator & ValidatorShape;
}
