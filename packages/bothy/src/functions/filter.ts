import { BothyError } from "../errors/index.ts";
import { type FieldAt, fieldAt } from "../schema/index.ts";
import { compareValues, type Document, equalValues, limits, nameType, type Value } from "../values/index.ts";

type Comparison = "eq" | "neq" | "lt" | "lte" | "gt" | "gte";
type Arithmetic = "add" | "sub" | "mul" | "div" | "mod";

/** A filter's expression as a tree. */
export type FilterNode =
  | { readonly kind: "literal"; readonly value: Value | undefined }
  | { readonly kind: "field"; readonly path: readonly string[] }
  | { readonly kind: Comparison | Arithmetic; readonly left: FilterNode; readonly right: FilterNode }
  | { readonly kind: "neg" | "not"; readonly operand: FilterNode }
  | { readonly kind: "and" | "or"; readonly operands: readonly FilterNode[] };

/** Part of a filter; told from an object value by its class, because a value may have any fields. */
export class FilterExpression<Type extends Value | undefined = Value | undefined> {
  readonly node: FilterNode;
  /** Exists for the compiler only. */
  declare readonly "~type": Type;

  constructor(node: FilterNode) {
    this.node = node;
  }
}

/** What stands on either side of an operator. */
export type FilterOperand<Type extends Value | undefined> = FilterExpression<Type> | Type;

/** The field paths that a filter on these documents can name. */
export type FilterPath<Fields> = Fields extends unknown
  ? (keyof Fields & string) | `${keyof Fields & string}.${string}`
  : never;

/** The words in which an author writes a filter: `q.and(q.eq(q.field("state"), "open"), q.gt(q.field("size"), 3))`. */
export interface FilterBuilder<Fields = Document> {
  field<Path extends FilterPath<Fields>>(path: Path): FilterExpression<ValueOf<FieldAt<Fields, Path>>>;
  literal<Type extends Value | undefined>(value: Type): FilterExpression<Type>;
  eq<Type extends Value | undefined>(left: FilterOperand<Type>, right: FilterOperand<Type>): FilterExpression<boolean>;
  neq<Type extends Value | undefined>(left: FilterOperand<Type>, right: FilterOperand<Type>): FilterExpression<boolean>;
  lt<Type extends Value | undefined>(left: FilterOperand<Type>, right: FilterOperand<Type>): FilterExpression<boolean>;
  lte<Type extends Value | undefined>(left: FilterOperand<Type>, right: FilterOperand<Type>): FilterExpression<boolean>;
  gt<Type extends Value | undefined>(left: FilterOperand<Type>, right: FilterOperand<Type>): FilterExpression<boolean>;
  gte<Type extends Value | undefined>(left: FilterOperand<Type>, right: FilterOperand<Type>): FilterExpression<boolean>;
  add<Type extends number | bigint>(left: FilterOperand<Type>, right: FilterOperand<Type>): FilterExpression<Type>;
  sub<Type extends number | bigint>(left: FilterOperand<Type>, right: FilterOperand<Type>): FilterExpression<Type>;
  mul<Type extends number | bigint>(left: FilterOperand<Type>, right: FilterOperand<Type>): FilterExpression<Type>;
  div<Type extends number | bigint>(left: FilterOperand<Type>, right: FilterOperand<Type>): FilterExpression<Type>;
  mod<Type extends number | bigint>(left: FilterOperand<Type>, right: FilterOperand<Type>): FilterExpression<Type>;
  neg<Type extends number | bigint>(operand: FilterOperand<Type>): FilterExpression<Type>;
  and(...operands: readonly FilterOperand<boolean>[]): FilterExpression<boolean>;
  or(...operands: readonly FilterOperand<boolean>[]): FilterExpression<boolean>;
  not(operand: FilterOperand<boolean>): FilterExpression<boolean>;
}

type ValueOf<Field> = Field extends Value | undefined ? Field : Value | undefined;

function nodeOf(operand: FilterOperand<Value | undefined>): FilterNode {
  return operand instanceof FilterExpression ? operand.node : { kind: "literal", value: operand };
}

function pair<Type extends Value>(kind: Comparison | Arithmetic) {
  return (left: FilterOperand<Value | undefined>, right: FilterOperand<Value | undefined>): FilterExpression<Type> =>
    new FilterExpression({ kind, left: nodeOf(left), right: nodeOf(right) });
}

const words: FilterBuilder = {
  field: (path) => new FilterExpression({ kind: "field", path: path.split(".") }),
  literal: (value) => new FilterExpression({ kind: "literal", value }),
  eq: pair("eq"),
  neq: pair("neq"),
  lt: pair("lt"),
  lte: pair("lte"),
  gt: pair("gt"),
  gte: pair("gte"),
  add: pair("add"),
  sub: pair("sub"),
  mul: pair("mul"),
  div: pair("div"),
  mod: pair("mod"),
  neg: (operand) => new FilterExpression({ kind: "neg", operand: nodeOf(operand) }),
  and: (...operands) => new FilterExpression({ kind: "and", operands: operands.map(nodeOf) }),
  or: (...operands) => new FilterExpression({ kind: "or", operands: operands.map(nodeOf) }),
  not: (operand) => new FilterExpression({ kind: "not", operand: nodeOf(operand) }),
};

/** A filter that was written and checked: tells whether a document passes. */
export type DocumentFilter = (document: Document) => boolean;

/** Lets an author write a filter, checks its size, and makes it ready to run (SC10). */
export function createFilter(write: (q: FilterBuilder) => FilterOperand<boolean>): DocumentFilter {
  const node = nodeOf(write(words));
  const operators = countOperators(node);
  if (operators > limits.filterOperatorsMax) {
    throw new BothyError("limit_exceeded", {
      message: `A filter has ${operators} operators; at most ${limits.filterOperatorsMax} are possible.`,
      fix: "Read a smaller range through an index, and choose among its documents in plain TypeScript.",
    });
  }
  const evaluate = compile(node);
  return (document) => truthOf(evaluate(document), "A filter");
}

function countOperators(node: FilterNode): number {
  switch (node.kind) {
    case "literal":
    case "field":
      return 0;
    case "neg":
    case "not":
      return 1 + countOperators(node.operand);
    case "and":
    case "or":
      return node.operands.reduce((sum, operand) => sum + countOperators(operand), 1);
    default:
      return 1 + countOperators(node.left) + countOperators(node.right);
  }
}

type Evaluation = (document: Document) => Value | undefined;

function compile(node: FilterNode): Evaluation {
  switch (node.kind) {
    case "literal":
      return () => node.value;
    case "field":
      return (document) => fieldAt(document, node.path);
    case "not": {
      const operand = compile(node.operand);
      return (document) => !truthOf(operand(document), "not");
    }
    case "neg": {
      const operand = compile(node.operand);
      return (document) => negate(operand(document));
    }
    case "and":
    case "or": {
      const operands = node.operands.map(compile);
      const passes = (operand: Evaluation) => (document: Document) => truthOf(operand(document), node.kind);
      const tests = operands.map(passes);
      return node.kind === "and"
        ? (document) => tests.every((test) => test(document))
        : (document) => tests.some((test) => test(document));
    }
    default: {
      const left = compile(node.left);
      const right = compile(node.right);
      const operate = operations[node.kind];
      return (document) => operate(left(document), right(document));
    }
  }
}

type Operation = (left: Value | undefined, right: Value | undefined) => Value;

const operations: Readonly<Record<Comparison | Arithmetic, Operation>> = {
  eq: equalValues,
  neq: (left, right) => !equalValues(left, right),
  lt: (left, right) => compareValues(left, right) < 0,
  lte: (left, right) => compareValues(left, right) <= 0,
  gt: (left, right) => compareValues(left, right) > 0,
  gte: (left, right) => compareValues(left, right) >= 0,
  add: arithmetic(
    "add",
    (a, b) => a + b,
    (a, b) => a + b,
  ),
  sub: arithmetic(
    "sub",
    (a, b) => a - b,
    (a, b) => a - b,
  ),
  mul: arithmetic(
    "mul",
    (a, b) => a * b,
    (a, b) => a * b,
  ),
  div: arithmetic(
    "div",
    (a, b) => a / b,
    (a, b) => a / nonZero(b, "div"),
  ),
  mod: arithmetic(
    "mod",
    (a, b) => a % b,
    (a, b) => a % nonZero(b, "mod"),
  ),
};

function arithmetic(
  name: Arithmetic,
  floats: (a: number, b: number) => number,
  integers: (a: bigint, b: bigint) => bigint,
): Operation {
  return (left, right) => {
    if (typeof left === "number" && typeof right === "number") return floats(left, right);
    if (typeof left === "bigint" && typeof right === "bigint") return inRange(integers(left, right), name);
    throw invalid(`${name} was given ${nameType(left)} and ${nameType(right)}`, "Give it two numbers or two bigints.");
  };
}

function negate(operand: Value | undefined): Value {
  if (typeof operand === "number") return -operand;
  if (typeof operand === "bigint") return inRange(-operand, "neg");
  throw invalid(`neg was given ${nameType(operand)}`, "Give it a number or a bigint.");
}

function nonZero(divisor: bigint, name: string): bigint {
  if (divisor === 0n)
    throw invalid(`${name} was asked to divide a bigint by zero`, "Exclude zero with q.and before it.");
  return divisor;
}

function inRange(value: bigint, name: string): bigint {
  if (BigInt.asIntN(64, value) !== value)
    throw invalid(`${name} has a result of more than 64 bits`, "Compute with numbers, or in plain TypeScript.");
  return value;
}

function truthOf(value: Value | undefined, place: string): boolean {
  if (typeof value === "boolean") return value;
  throw invalid(
    `${place} was given ${nameType(value)} instead of true or false`,
    "Compare fields: q.eq(q.field(…), …).",
  );
}

function invalid(message: string, fix: string): BothyError {
  return new BothyError("filter_invalid", { message: `${message}.`, fix });
}
