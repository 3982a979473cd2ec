import { BothyError } from "bothy/internal";
import type { Json } from "bothy/internal";
import type { Message } from "esbuild";

/** Errors that one message shows; the others are counted. */
const errorsShownMax = 5;

/** Turns what esbuild threw into one error that names each file and line, with the line itself. */
export function buildFailed(thrown: unknown): BothyError {
  const errors = errorsOf(thrown);
  const first = errors[0];
  if (first === undefined) {
    return new BothyError("build_failed", {
      message: `The functions could not be bundled: ${String(thrown)}`,
      cause: thrown,
    });
  }
  const more = errors.length > errorsShownMax ? [`… and ${errors.length - errorsShownMax} more.`] : [];
  return new BothyError("build_failed", {
    message: ["The functions could not be bundled.", ...errors.slice(0, errorsShownMax).map(textOf), ...more].join(
      "\n",
    ),
    fix: first.notes[0]?.text ?? "Repair what the message names and save again.",
    details: errors.slice(0, errorsShownMax).map(placeOf),
  });
}

function errorsOf(thrown: unknown): readonly Message[] {
  const isFailure = typeof thrown === "object" && thrown !== null && "errors" in thrown && Array.isArray(thrown.errors);
  // esbuild's failures, and nothing else that it throws, have such a list.
  return isFailure ? (thrown.errors as Message[]) : [];
}

function textOf({ text, location }: Message): string {
  if (location === null) return text;
  const { file, line, column, lineText, length } = location;
  const marks = `${" ".repeat(column)}${"^".repeat(Math.max(1, Math.min(length, lineText.length - column)))}`;
  return `${file}:${line}:${column + 1}: ${text}\n    ${lineText}\n    ${marks}`;
}

function placeOf({ text, location }: Message): Json {
  return location === null ? { text } : { text, file: location.file, line: location.line, column: location.column + 1 };
}
