import { buildValidator } from "./build-validator.ts";
import { shapeOf } from "./validate.ts";
import type { Value } from "./value.ts";
import type {
  ArrayValidator,
  IdValidator,
  LiteralValidator,
  LiteralValue,
  ObjectValidator,
  PlainKind,
  PlainValidator,
  RecordValidator,
  UnionValidator,
  Validator,
  ValidatorFields,
  ValidatorShape,
} from "./validator.ts";

/** The words in which an author says what a field, an argument or a result may be. */
export interface ValidatorWords {
  id<Table extends string>(tableName: Table): IdValidator<Table>;
  null(): PlainValidator<"null", null>;
  number(): PlainValidator<"float64", number>;
  float64(): PlainValidator<"float64", number>;
  bigint(): PlainValidator<"int64", bigint>;
  int64(): PlainValidator<"int64", bigint>;
  boolean(): PlainValidator<"boolean", boolean>;
  string(): PlainValidator<"string", string>;
  bytes(): PlainValidator<"bytes", ArrayBuffer>;
  any(): PlainValidator<"any", Value, false, string>;
  literal<const Literal extends LiteralValue>(value: Literal): LiteralValidator<Literal>;
  array<Element extends Validator<unknown, false>>(element: Element): ArrayValidator<Element>;
  object<Fields extends ValidatorFields>(fields: Fields): ObjectValidator<Fields>;
  record<Key extends Validator<string, false>, Field extends Validator<unknown, false>>(
    key: Key,
    value: Field,
  ): RecordValidator<Key, Field>;
  union<Members extends readonly Validator<unknown, false>[]>(...members: Members): UnionValidator<Members>;
  optional<V extends Validator<unknown, false>>(validator: V): ReturnType<V["optional"]>;
}

function plain<V extends Validator>(kind: PlainKind): V {
  return buildValidator({ kind, isOptional: false });
}

/** Makes validators: `v.object({ title: v.string(), tags: v.array(v.string()) })`. */
export const v: ValidatorWords = {
  id: (tableName) => buildValidator({ kind: "id", isOptional: false, tableName }),
  null: () => plain("null"),
  number: () => plain("float64"),
  float64: () => plain("float64"),
  bigint: () => plain("int64"),
  int64: () => plain("int64"),
  boolean: () => plain("boolean"),
  string: () => plain("string"),
  bytes: () => plain("bytes"),
  any: () => plain("any"),
  literal: (value) => buildValidator({ kind: "literal", isOptional: false, value }),
  array: (element) => buildValidator({ kind: "array", isOptional: false, element: shapeOf(element) }),
  object: (fields) => buildValidator({ kind: "object", isOptional: false, fields: shapesOf(fields) }),
  record: (key, value) =>
    buildValidator({ kind: "record", isOptional: false, key: shapeOf(key), value: shapeOf(value) }),
  union: (...members) => buildValidator({ kind: "union", isOptional: false, members: members.map(shapeOf) }),
  optional: <V extends Validator<unknown, false>>(validator: V) => validator.optional() as ReturnType<V["optional"]>,
};

function shapesOf(fields: ValidatorFields): Readonly<Record<string, ValidatorShape>> {
  return Object.fromEntries(Object.entries(fields).map(([name, part]) => [name, shapeOf(part)]));
}
