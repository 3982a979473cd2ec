import { BothyError, type Json } from "../errors/index.ts";
import { decodeValue, encodeValue, isPlainObject, type Value } from "../values/index.ts";

/** What an author says of how a table has changed, where that does not follow from the two schemas (docs/spec/skew.md). */
export interface TableLens {
  /** The new names of fields by their old ones. */
  readonly renamed?: Readonly<Record<string, string>>;
  /** What a field is taken to be where only the other schema has it, or has it with other values. */
  readonly defaults?: Readonly<Record<string, Value | undefined>>;
  /** By field: which text stands for which, from the older schema up to the newer, and down again. */
  readonly values?: Readonly<Record<string, ValueLens>>;
}

/** Texts of a field by the texts that the other schema has in their place. */
export interface ValueLens {
  readonly up?: Readonly<Record<string, string>>;
  readonly down?: Readonly<Record<string, string>>;
}

/** Writes a lens as it is kept with a schema. */
export function lensToJson({ renamed = {}, defaults = {}, values = {} }: TableLens): Json {
  const known = Object.entries(defaults).flatMap(([field, value]) => (value === undefined ? [] : [[field, value]]));
  return encodeValue({
    renamed: { ...renamed },
    defaults: Object.fromEntries(known) as Record<string, Value>,
    values: Object.fromEntries(
      Object.entries(values).map(([field, { up = {}, down = {} }]) => [field, { up: { ...up }, down: { ...down } }]),
    ),
  });
}

/** Reads a lens from its JSON. */
export function lensFromJson(json: unknown): TableLens {
  const lens = decodeValue(json);
  if (!isPlainObject(lens)) throw wrong("a lens that is no object");
  const { renamed, defaults, values } = lens;
  if (!isTexts(renamed) || !isPlainObject(defaults) || !isPlainObject(values)) throw wrong("a lens of another form");
  const pairs = Object.entries(values).map(([field, value]) => [field, valueLensOf(value)] as const);
  return { renamed, defaults: defaults as Record<string, Value>, values: Object.fromEntries(pairs) };
}

function valueLensOf(value: unknown): ValueLens {
  const { up, down } = isPlainObject(value) ? value : {};
  if (!isTexts(up) || !isTexts(down)) throw wrong("values of a lens that are no texts");
  return { up, down };
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isPlainObject(value) && Object.values(value).every((one) => typeof one === "string");
}

function wrong(what: string): BothyError {
  return new BothyError("schema_invalid", {
    message: `A schema has ${what}.`,
    fix: 'Write .lens({ renamed: { old: "new" }, defaults: { field: value }, values: { field: { up: { old: "new" } } } }).',
  });
}
