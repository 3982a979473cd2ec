import { BothyError, documentKeys, isBothyError, parseValue, tableOf, validate } from "bothy/internal";
import type { Document, Json, Key, Schema } from "bothy/internal";

/** What keeps a stored document from being one of a schema. */
export interface DocumentProblem {
  readonly table: string;
  readonly id: string;
  readonly path: string;
  readonly problem: string;
}

/** Problems that one refusal names. */
export const problemsMax = 10;

/** A document as a schema sees it: its index keys, unless one cannot be made, and what is wrong with it. */
export interface LookedAt {
  readonly keys?: readonly Key[];
  readonly problem?: DocumentProblem;
}

/** Looks at a stored document of a table with the eyes of another schema. */
export function lookAt(schema: Schema, table: string, id: string, text: string): LookedAt {
  const definition = tableOf(schema, table);
  // What is stored under a table was a document of it when it was written.
  const document = parseValue(text) as Document;
  let keys: readonly Key[] | undefined;
  try {
    // A value too large for a new index shows only here.
    keys = documentKeys(definition, document);
    validate(definition.documentValidator, document, "document_invalid", "");
    return { keys };
  } catch (error) {
    if (!isBothyError(error)) throw error;
    const issues = Array.isArray(error.details) ? error.details : [];
    const [found] = issues.map((issue) => describeIssue(issue));
    const problem = { table, id, path: found?.path ?? "", problem: found?.problem ?? error.message };
    return { problem, ...(keys === undefined ? {} : { keys }) };
  }
}

function describeIssue(issue: Json): { path: string; problem: string } {
  if (typeof issue !== "object" || issue === null || !("path" in issue))
    return { path: "", problem: JSON.stringify(issue) };
  const { path, expected, found } = issue;
  const steps = Array.isArray(path)
    ? path.filter((step): step is string | number => typeof step === "string" || typeof step === "number")
    : [];
  const [wanted, had] = [expected, found].map((word) => (typeof word === "string" ? word : JSON.stringify(word)));
  return { path: steps.join("."), problem: `expected ${wanted}, found ${had}` };
}

/** Says which documents a schema cannot be taken with. */
export function documentsBreakSchema(problems: Iterable<DocumentProblem>): BothyError {
  const shown = [...problems].slice(0, problemsMax);
  return new BothyError("schema_invalid", {
    message: `Stored documents do not fit the schema: ${shown.map(({ table, id, path, problem }) => `${table} ${id}${path === "" ? "" : ` at ${path}`}: ${problem}`).join("; ")}.`,
    fix: "Change the schema so that it lets them through (v.optional, v.union), correct the documents with the old schema, then narrow it.",
    details: shown.map(({ table, id, path, problem }) => ({ table, id, path, problem })),
  });
}
