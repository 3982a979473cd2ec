import type { Schema, TableLens } from "../schema/index.ts";
import {
  isPlainObject,
  readValue,
  shapeOf,
  stringifyValue,
  type Validator,
  type ValidatorShape,
  type Value,
} from "../values/index.ts";
import type { Json } from "../protocol/index.ts";
import type { RowJson } from "./base-state.ts";

/**
 * Reads a row that was stored under another schema in the terms of this one, as far as the lens of its table says how (CL51): so
 * it is shown until the deployment, which knows both schemas, has sent its own.
 */
export function readOlder(schema: Schema, name: string, row: RowJson): RowJson {
  const [version, json, ...rest] = row;
  const table = own(schema.tables, name);
  // Of a table that this schema no longer has nothing is shown.
  if (!table) return row;
  const shape = shapeOf(table.documentValidator);
  const document = readValue(json) as Fields;
  const { defaults = {}, ...moves } = table.lens ?? {};
  // Of a part of a document nobody knows what the rest was.
  const full = rest[0] == null ? { ...moves, defaults } : moves;
  // Filled where no form of the table takes it without; and what is not whole even so is shown as far as it goes.
  const read = fit(document, shape, moves) ?? cut(document, shape, full) ?? document;
  if (read === document) return row;
  // With its fields in the order of every document: a function that walks through them meets them as on the deployment.
  return [version, JSON.parse(stringifyValue(read)) as Json, ...rest];
}

type Fields = Readonly<Record<string, Value>>;
type Shapes = Readonly<Record<string, ValidatorShape>>;

/** A value as a shape takes it: as it is, or cut to what that names. Undefined: not at all. */
function fit(value: Value | undefined, shape: ValidatorShape, lens?: TableLens): Value | undefined {
  if (value === undefined || isTaken(value, shape)) return value;
  const read = cut(value, shape, lens);
  return isTaken(read, shape) ? read : undefined;
}

/** What of a value has a place in a shape: of several forms the first that takes it. */
function cut(value: Value, shape: ValidatorShape, lens?: TableLens): Value | undefined {
  if (shape.kind === "union") return first(shape.members.map((member) => fit(value, member, lens)));
  if (shape.kind === "array" && Array.isArray(value)) return value.map((one: Value) => fit(one, shape.element) ?? one);
  if (!isPlainObject(value)) return undefined;
  const fields = value as Fields;
  if (shape.kind === "object") return readFields(fields, shape.fields, lens);
  if (shape.kind !== "record") return undefined;
  return Object.fromEntries(Object.entries(fields).map(([field, one]) => [field, fit(one, shape.value) ?? one]));
}

/** The fields that are named, from where a lens says that they are. Without defaults nothing is filled, and nothing left out. */
function readFields(fields: Fields, shapes: Shapes, { renamed = {}, values = {}, defaults }: TableLens = {}): Fields {
  const read: [string, Value][] = [];
  for (const [field, shape] of Object.entries(shapes)) {
    const names = chain(field, (name) =>
      Object.keys(renamed).filter((old) => renamed[old] === name && !own(shapes, old)),
    );
    const value = first(names.map((name) => own(fields, name)));
    if (value === undefined && shape.isOptional) continue;
    const texts =
      typeof value === "string" ? chain(value, (text) => names.map((name) => own(values[name]?.up, text))) : [value];
    // What nothing is said of stays, so that it can be seen, or goes if it may be absent.
    const last = defaults && shape.isOptional ? undefined : value;
    const chosen = first([...[...texts, own(defaults, field)].map((one) => fit(one, shape)), last]);
    if (chosen !== undefined) read.push([field, chosen]);
  }
  return Object.fromEntries(read);
}

/** A word and all that it leads to. */
function chain(word: string, next: (word: string) => readonly (string | undefined)[]): readonly string[] {
  const words = new Set([word]);
  // It goes on with what is added meanwhile; a circle adds nothing.
  for (const one of words) for (const more of next(one)) if (more !== undefined) words.add(more);
  return [...words];
}

/** Every part of a validator is one; a shape is what it says. */
function isTaken(value: unknown, shape: ValidatorShape): boolean {
  return (shape as ValidatorShape & Validator).check(value).length === 0;
}

function first<T>(choices: readonly (T | undefined)[]): T | undefined {
  return choices.find((one) => one !== undefined);
}

function own<T>(record: Readonly<Record<string, T>> = {}, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
