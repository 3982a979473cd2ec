import { BothyError } from "../errors/index.ts";
import { checkValue, type Value } from "../values/index.ts";
import type { FieldAt } from "./data-model.ts";
import type { RangeParts } from "./range.ts";

/** What the author of a range is given: `eq` on the first fields of the index in order, then bounds on the next. */
export type IndexRangeBuilder<Document, Fields extends readonly string[]> = number extends Fields["length"]
  ? LooseRangeBuilder
  : Fields extends readonly [infer First extends string, ...infer Rest extends readonly string[]]
    ? BoundsOn<Document, First> & {
        /** Only documents whose field has exactly this value; undefined: those without the field. */
        eq(field: First, value: FieldAt<Document, First>): IndexRangeBuilder<Document, Rest>;
      }
    : BuiltRange;

/** A range that could be read as it is. */
export interface BuiltRange {
  readonly parts: RangeParts;
}

type BoundsOn<Document, Field extends string> = BuiltRange & {
  gt(field: Field, value: FieldAt<Document, Field>): UpperBoundOn<Document, Field>;
  gte(field: Field, value: FieldAt<Document, Field>): UpperBoundOn<Document, Field>;
  lt(field: Field, value: FieldAt<Document, Field>): LowerBoundOn<Document, Field>;
  lte(field: Field, value: FieldAt<Document, Field>): LowerBoundOn<Document, Field>;
};

type UpperBoundOn<Document, Field extends string> = BuiltRange & {
  lt(field: Field, value: FieldAt<Document, Field>): BuiltRange;
  lte(field: Field, value: FieldAt<Document, Field>): BuiltRange;
};

type LowerBoundOn<Document, Field extends string> = BuiltRange & {
  gt(field: Field, value: FieldAt<Document, Field>): BuiltRange;
  gte(field: Field, value: FieldAt<Document, Field>): BuiltRange;
};

/** The builder of a range over an index that the compiler does not know. */
export interface LooseRangeBuilder extends BuiltRange {
  eq(field: string, value: Value | undefined): LooseRangeBuilder;
  gt(field: string, value: Value | undefined): LooseRangeBuilder;
  gte(field: string, value: Value | undefined): LooseRangeBuilder;
  lt(field: string, value: Value | undefined): LooseRangeBuilder;
  lte(field: string, value: Value | undefined): LooseRangeBuilder;
}

/** The index of which a range is built. */
export interface RangeTarget {
  readonly table: string;
  readonly index: string;
}

/** Starts a range over a whole index. Whether its fields are those of the index is checked where both are at hand (SC7). */
export function createRangeBuilder(target: RangeTarget): LooseRangeBuilder {
  return builderOf(target, { prefix: [], fields: [] });
}

interface Built extends RangeParts {
  readonly fields: readonly string[];
}

function builderOf(target: RangeTarget, built: Built): LooseRangeBuilder {
  const bound = (end: "lower" | "upper", isInclusive: boolean) => (field: string, value: Value | undefined) => {
    if (value !== undefined) checkValue(value);
    const isFirst = !hasBound(built);
    if (!isFirst && (built[end] || built.fields.at(-1) !== field)) throw refused(target, field);
    const fields = isFirst ? [...built.fields, field] : built.fields;
    return builderOf(target, { ...built, fields, [end]: { value, isInclusive } });
  };
  return {
    parts: built,
    eq: (field, value) => {
      if (hasBound(built)) throw refused(target, field);
      if (value !== undefined) checkValue(value);
      return builderOf(target, { prefix: [...built.prefix, value], fields: [...built.fields, field] });
    },
    gt: bound("lower", false),
    gte: bound("lower", true),
    lt: bound("upper", false),
    lte: bound("upper", true),
  };
}

function hasBound(built: Built): boolean {
  return built.lower !== undefined || built.upper !== undefined;
}

function refused({ table, index }: RangeTarget, field: string): BothyError {
  return new BothyError("range_invalid", {
    message: `A range of index "${index}" of table "${table}" says too much of ${field}.`,
    fix: "Use eq on the first fields of the index, then two bounds at most on the next.",
  });
}
