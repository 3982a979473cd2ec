import type { Json } from "../errors/index.ts";
import type { PathStep } from "./path.ts";
import type { Id } from "./id.ts";
import type { StandardSchemaProps } from "./standard-schema.ts";

/** What a validator says, without its types: all that is needed to check with it, whichever copy of this package made it. */
export type ValidatorShape = { readonly isOptional: boolean } & (
  | { readonly kind: PlainKind }
  | { readonly kind: "id"; readonly tableName: string }
  | { readonly kind: "literal"; readonly value: LiteralValue }
  | { readonly kind: "array"; readonly element: ValidatorShape }
  | { readonly kind: "object"; readonly fields: Readonly<Record<string, ValidatorShape>> }
  | { readonly kind: "record"; readonly key: ValidatorShape; readonly value: ValidatorShape }
  | { readonly kind: "union"; readonly members: readonly ValidatorShape[] }
);

/** Kinds of validators that need nothing but their name. */
export type PlainKind = "null" | "float64" | "int64" | "boolean" | "string" | "bytes" | "any";

/** Values that `v.literal` can demand. */
export type LiteralValue = string | number | bigint | boolean;

/** One reason why a validator refused something. */
export interface Issue {
  readonly path: readonly PathStep[];
  readonly expected: string;
  readonly found: string;
  readonly message: string;
}

/** What every validator can do. `Paths` are the field paths inside its values that an index can name. */
export interface Validator<Type = unknown, IsOptional extends boolean = boolean, Paths extends string = string> {
  readonly kind: ValidatorShape["kind"];
  readonly isOptional: IsOptional;
  /** The form in which it is kept with a schema; equal validators have equal forms. */
  readonly json: Json;
  /** Lists what is wrong with something, nothing if it is right. */
  check(value: unknown): readonly Issue[];
  /** The same validator for a field that may be absent. */
  optional(): Validator<Type | undefined, true, Paths>;
  readonly "~standard": StandardSchemaProps<Type>;
  /** Exists for the compiler only, like `~paths`. */
  readonly "~type": Type;
  readonly "~paths": Paths;
}

/** The type of the values that a validator lets through. */
export type Infer<V extends Validator> = V["~type"];

/** Validators by field, as `v.object` and `args` take them. */
export type ValidatorFields = Readonly<Record<string, Validator>>;

/** A validator of values without parts. */
export interface PlainValidator<
  Kind extends PlainKind,
  Type,
  IsOptional extends boolean = false,
  Paths extends string = never,
> extends Validator<Type, IsOptional, Paths> {
  readonly kind: Kind;
  optional(): PlainValidator<Kind, Type | undefined, true, Paths>;
}

/** A validator of ids of one table. */
export interface IdValidator<
  Table extends string,
  Type = Id<Table>,
  IsOptional extends boolean = false,
> extends Validator<Type, IsOptional, never> {
  readonly kind: "id";
  readonly tableName: Table;
  optional(): IdValidator<Table, Type | undefined, true>;
}

/** A validator of one value. */
export interface LiteralValidator<
  Literal extends LiteralValue,
  Type = Literal,
  IsOptional extends boolean = false,
> extends Validator<Type, IsOptional, never> {
  readonly kind: "literal";
  readonly value: Literal;
  optional(): LiteralValidator<Literal, Type | undefined, true>;
}

/** A validator of arrays. */
export interface ArrayValidator<
  Element extends Validator,
  Type = Infer<Element>[],
  IsOptional extends boolean = false,
> extends Validator<Type, IsOptional, never> {
  readonly kind: "array";
  readonly element: Element;
  optional(): ArrayValidator<Element, Type | undefined, true>;
}

/** A validator of objects with any number of fields of one type. */
export interface RecordValidator<
  Key extends Validator<string, false>,
  Field extends Validator<unknown, false>,
  Type = Record<Infer<Key>, Infer<Field>>,
  IsOptional extends boolean = false,
> extends Validator<Type, IsOptional, string> {
  readonly kind: "record";
  readonly key: Key;
  readonly value: Field;
  optional(): RecordValidator<Key, Field, Type | undefined, true>;
}

/** A validator of values that one of its members lets through. */
export interface UnionValidator<
  Members extends readonly Validator<unknown, false>[],
  Type = Infer<Members[number]>,
  IsOptional extends boolean = false,
> extends Validator<Type, IsOptional, Members[number]["~paths"]> {
  readonly kind: "union";
  readonly members: Members;
  optional(): UnionValidator<Members, Type | undefined, true>;
}

/** A validator of objects with these fields and no others. */
export interface ObjectValidator<
  Fields extends ValidatorFields,
  Type = ObjectOf<Fields>,
  IsOptional extends boolean = false,
> extends Validator<Type, IsOptional, PathsOf<Fields>> {
  readonly kind: "object";
  readonly fields: Fields;
  optional(): ObjectValidator<Fields, Type | undefined, true>;
  /** The same without all other fields. */
  pick<Name extends keyof Fields & string>(...names: readonly Name[]): ObjectValidator<Expand<Pick<Fields, Name>>>;
  /** The same without these fields. */
  omit<Name extends keyof Fields & string>(...names: readonly Name[]): ObjectValidator<Expand<Omit<Fields, Name>>>;
  /** The same with every field optional. */
  partial(): ObjectValidator<{ readonly [Name in keyof Fields]: ReturnType<Fields[Name]["optional"]> }>;
  /** The same with more fields, or with other validators for some. */
  extend<More extends ValidatorFields>(fields: More): ObjectValidator<Expand<Omit<Fields, keyof More> & More>>;
}

/** Shows a computed type as the plain object that it is. */
export type Expand<T> = { [K in keyof T]: T[K] };

/** The type of an object with these fields. */
export type ObjectOf<Fields extends ValidatorFields> = Expand<
  {
    -readonly [Name in keyof Fields as Fields[Name] extends { readonly isOptional: true } ? never : Name]: Infer<
      Fields[Name]
    >;
  } & {
    -readonly [Name in keyof Fields as Fields[Name] extends { readonly isOptional: true } ? Name : never]?: Infer<
      Fields[Name]
    >;
  }
>;

/** The field paths (`a`, `a.b`) inside objects with these fields. */
export type PathsOf<Fields extends ValidatorFields> = {
  [Name in keyof Fields & string]: Name | `${Name}.${Fields[Name]["~paths"]}`;
}[keyof Fields & string];
