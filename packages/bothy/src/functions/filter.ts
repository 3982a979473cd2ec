import { BothyError } from "../errors/index.ts";
import { type FieldAt, fieldAt } from "../schema/index.ts";
import {
  encodeKeyElement,
  type Document,
  equalValues,
  filterOperatorsMax,
  nameType,
  type Value,
} from "../values/index.ts";

type Evaluation = (document: Document) => Value | undefined;

/** Part of a filter, ready to run; told from an object value by its class, because a value may have any fields. */
export class FilterExpression<Type extends Value | undefined = Value | undefined> {
  readonly evaluate: Evaluation;
  readonly operators: number;
  /** Exists for the compiler only. */
  declare readonly "~type": Type;

  constructor(evaluate: Evaluation, operators = 0) {
    this.evaluate = evaluate;
    this.operators = operators;
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

type Operand = FilterOperand<Value | undefined>;
type Operation = (left: Value | undefined, right: Value | undefined) => Value;

function expressionOf(operand: Operand): FilterExpression {
  return operand instanceof FilterExpression ? operand : new FilterExpression(() => operand);
}

/** A word of any operands, which it evaluates itself. */
function operator<Type extends Value>(evaluate: (parts: readonly Evaluation[], document: Document) => Value) {
  return (...operands: readonly Operand[]): FilterExpression<Type> => {
    const expressions = operands.map(expressionOf);
    const parts = expressions.map((part) => part.evaluate);
    const operators = expressions.reduce((sum, part) => sum + part.operators, 1);
    return new FilterExpression((document) => evaluate(parts, document), operators);
  };
}

/** A word with one or two operands. */
function word<Type extends Value>(operate: Operation) {
  return operator<Type>(([left, right], document) => operate(left?.(document), right?.(document)));
}

/** The order of values is that of their keys (VA1). */
function isBefore(a: Value | undefined, b: Value | undefined): boolean {
  return encodeKeyElement(a) < encodeKeyElement(b);
}

const multiply = arithmetic((a, b) => a * b);

const words: FilterBuilder = {
  field: (name) => {
    const path = name.split(".");
    return new FilterExpression((document) => fieldAt(document, path));
  },
  literal: (value) => new FilterExpression(() => value),
  eq: word(equalValues),
  neq: word((a, b) => !equalValues(a, b)),
  lt: word(isBefore),
  lte: word((a, b) => !isBefore(b, a)),
  gt: word((a, b) => isBefore(b, a)),
  gte: word((a, b) => !isBefore(a, b)),
  add: word(arithmetic((a, b) => a + b)),
  sub: word(arithmetic((a, b) => a - b)),
  mul: word(multiply),
  div: word(arithmetic((a, b) => a / b)),
  mod: word(arithmetic((a, b) => a % b)),
  neg: word((value) => multiply(value, typeof value === "bigint" ? -1n : -1)),
  and: operator((parts, document) => parts.every((part) => truthOf(part(document)))),
  or: operator((parts, document) => parts.some((part) => truthOf(part(document)))),
  not: word((value) => !truthOf(value)),
};

/** A filter that was written and checked: tells whether a document passes. */
export type DocumentFilter = (document: Document) => boolean;

/** Lets an author write a filter, checks its size, and makes it ready to run (SC10). */
export function createFilter(write: (q: FilterBuilder) => FilterOperand<boolean>): DocumentFilter {
  const { evaluate, operators } = expressionOf(write(words));
  if (operators > filterOperatorsMax) {
    throw new BothyError("limit_exceeded", {
      message: `A filter has ${operators} operators; at most ${filterOperatorsMax} are possible.`,
      fix: "Read a smaller range, and choose among its documents in TypeScript.",
    });
  }
  return (document) => truthOf(evaluate(document));
}

function arithmetic(operate: (a: number, b: number) => number): Operation {
  // The same operator means the same for two bigints, which the compiler cannot say of a function.
  const operateOnBigints = operate as unknown as (a: bigint, b: bigint) => bigint;
  return (left, right) => {
    if (typeof left === "number" && typeof right === "number") return operate(left, right);
    if (typeof left === "bigint" && typeof right === "bigint") {
      try {
        const result = operateOnBigints(left, right);
        if (BigInt.asIntN(64, result) === result) return result;
      } catch {
        // Divided by 0n: there is no result either.
      }
    }
    throw invalid(
      `arithmetic on ${nameType(left)} and ${nameType(right)} without a result`,
      "Use two numbers, or two bigints whose result has 64 bits.",
    );
  };
}

function truthOf(value: Value | undefined): boolean {
  if (typeof value === "boolean") return value;
  throw invalid(`${nameType(value)} instead of true or false`, "Compare fields: q.eq(q.field(…), …).");
}

function invalid(what: string, fix: string): BothyError {
  return new BothyError("filter_invalid", { message: `A filter has ${what}.`, fix });
}
