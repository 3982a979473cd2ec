import { unreachable } from "../errors/index.ts";
import { isIdOf } from "./id.ts";
import * as limits from "./limit-figures.ts";
import { equalValues } from "./equal.ts";
import { type PathStep, writePath } from "./path.ts";
import { findValueProblem } from "./value-check.ts";
import { isBytes, isPlainObject, nameType } from "./value.ts";
import type { Issue, LiteralValue, ValidatorShape } from "./validator.ts";

// A reader fixes the first few; a hostile value must not make a message of megabytes.
const issuesMax = 20;

/** Lists what a validator finds wrong with something, at most twenty things. */
export function findIssues(shape: ValidatorShape, value: unknown): readonly Issue[] {
  const issues: Issue[] = [];
  collect(shape, value, { path: [], issues });
  return issues;
}

interface Search {
  readonly path: PathStep[];
  readonly issues: Issue[];
}

function collect(shape: ValidatorShape, value: unknown, search: Search): void {
  if (search.issues.length >= issuesMax || (value === undefined && shape.isOptional)) return;
  switch (shape.kind) {
    case "array":
      return collectArray(shape.element, value, search);
    case "object":
      return collectObject(shape.fields, value, search);
    case "record":
      return collectRecord(shape, value, search);
    case "union":
      return collectUnion(shape, value, search);
    case "any":
      return collectAny(value, search);
    default:
      if (!isLeaf(shape, value)) report(search, describeValidator(shape), value);
  }
}

type Leaf = Exclude<ValidatorShape, { readonly kind: "array" | "object" | "record" | "union" }>;

function isLeaf(shape: Leaf, value: unknown): boolean {
  switch (shape.kind) {
    case "id":
      return isIdOf(shape.tableName, value);
    case "literal":
      return typeof value === typeof shape.value && equalValues(shape.value, value as LiteralValue);
    case "null":
      return value === null;
    case "float64":
      return typeof value === "number";
    case "int64":
      return typeof value === "bigint" && BigInt.asIntN(64, value) === value;
    case "boolean":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string";
    case "bytes":
      return isBytes(value);
    case "any":
      // Has a search of its own.
      return true;
    default:
      return unreachable(shape);
  }
}

function collectAny(value: unknown, search: Search): void {
  const problem = findValueProblem(value, limits.wireNestingMax);
  if (problem === undefined) return;
  search.path.push(...problem.path);
  report(search, "a value", value, `${writePath(search.path)} ${problem.what}`);
  search.path.length -= problem.path.length;
}

function collectArray(element: ValidatorShape, value: unknown, search: Search): void {
  if (!Array.isArray(value)) return report(search, "array", value);
  for (let i = 0; i < value.length && search.issues.length < issuesMax; i++) step(i, element, value[i], search);
}

function step(at: PathStep, shape: ValidatorShape, value: unknown, search: Search): void {
  search.path.push(at);
  collect(shape, value, search);
  search.path.pop();
}

function collectObject(fields: Readonly<Record<string, ValidatorShape>>, value: unknown, search: Search): void {
  if (!isPlainObject(value)) return report(search, "object", value);
  for (const field of Object.keys(fields)) {
    const shape = fields[field];
    // Own fields only: a missing field named like something that every object inherits is missing.
    if (shape !== undefined) step(field, shape, Object.hasOwn(value, field) ? value[field] : undefined, search);
  }
  for (const field of Object.keys(value)) {
    if (Object.hasOwn(fields, field) || value[field] === undefined) continue;
    search.path.push(field);
    report(search, "no such field", value[field], `${writePath(search.path)} is a field that is not expected`);
    search.path.pop();
    if (search.issues.length >= issuesMax) return;
  }
}

function collectRecord(
  shape: { readonly key: ValidatorShape; readonly value: ValidatorShape },
  value: unknown,
  search: Search,
): void {
  if (!isPlainObject(value)) return report(search, "object", value);
  for (const field of Object.keys(value)) {
    if (search.issues.length >= issuesMax) return;
    if (value[field] === undefined) continue;
    step(field, shape.key, field, search);
    step(field, shape.value, value[field], search);
  }
}

function collectUnion(shape: ValidatorShape & { readonly kind: "union" }, value: unknown, search: Search): void {
  const depth = search.path.length;
  const deeper: Issue[][] = [];
  for (const member of shape.members) {
    const issues: Issue[] = [];
    collect(member, value, { path: search.path, issues });
    if (issues.length === 0) return;
    // Of objects told apart by a literal, the one meant is the one whose literal fits.
    const isMeant = issues.every((issue) => issue.path.length > depth && !isAboutLiteral(member, issue, depth));
    if (isMeant) deeper.push(issues);
  }
  const [meant] = deeper;
  if (deeper.length === 1 && meant !== undefined) search.issues.push(...meant);
  else report(search, describeValidator(shape), value);
}

function isAboutLiteral(member: ValidatorShape, issue: Issue, depth: number): boolean {
  const field = issue.path[depth];
  if (member.kind !== "object" || typeof field !== "string" || issue.path.length !== depth + 1) return false;
  return Object.hasOwn(member.fields, field) && member.fields[field]?.kind === "literal";
}

function report(search: Search, expected: string, value: unknown, message?: string): void {
  const path = [...search.path];
  const found = describeFound(value);
  search.issues.push({
    path,
    expected,
    found,
    message: message ?? `${writePath(path)}: expected ${expected}, found ${found}`,
  });
}

/** Names what a validator expects, for messages. */
export function describeValidator(shape: ValidatorShape): string {
  switch (shape.kind) {
    case "id":
      return `id of table "${shape.tableName}"`;
    case "literal":
      return typeof shape.value === "string"
        ? JSON.stringify(shape.value)
        : `${shape.value}${typeof shape.value === "bigint" ? "n" : ""}`;
    case "union":
      return shape.members.map(describeValidator).join(" or ");
    case "float64":
      return "number";
    case "int64":
      return "bigint of 64 bits";
    case "record":
      return "object";
    case "any":
      return "a value";
    default:
      return shape.kind;
  }
}

/** Never the value itself: messages are logged, stored and shown where the value may not be. */
function describeFound(value: unknown): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? `string of ${value.length} characters` : nameType(value);
}
