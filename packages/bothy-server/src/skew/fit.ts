import { isBytes, isIdOf, isPlainObject } from "bothy/internal";
import type { ValidatorShape, Value } from "bothy/internal";

/** Stands for a value that has no place where it is to go. */
export const unfit: unique symbol = Symbol("unfit");

/** A value cut to what a validator knows: fields that it does not name go. The same value if there is nothing to cut. */
export function fit(value: Value, shape: ValidatorShape): Value | typeof unfit {
  switch (shape.kind) {
    case "array":
      return Array.isArray(value) ? fitItems(value, shape.element) : unfit;
    case "record":
      return isPlainObject(value) ? fitRecord(value as Fields, shape) : unfit;
    case "object":
      return isPlainObject(value) ? fitFields(value as Fields, shape.fields) : unfit;
    case "union":
      return fitMember(value, shape.members);
    default:
      return isPlain(value, shape) ? value : unfit;
  }
}

type Fields = { readonly [field: string]: Value | undefined };

function fitItems(items: readonly Value[], element: ValidatorShape): Value | typeof unfit {
  const fitted: Value[] = [];
  for (const item of items) {
    const one = fit(item, element);
    if (one === unfit) return unfit;
    fitted.push(one);
  }
  return fitted.every((one, at) => one === items[at]) ? (items as Value[]) : fitted;
}

function fitRecord(
  record: Fields,
  { key, value }: { readonly key: ValidatorShape; readonly value: ValidatorShape },
): Value | typeof unfit {
  if (Object.keys(record).some((name) => fit(name, key) === unfit)) return unfit;
  return fitEach(record, Object.keys(record), () => value);
}

/** The fields that are named and there; unfit if one that has to be there is not. */
function fitFields(
  object: Fields,
  fields: Readonly<Record<string, ValidatorShape>>,
): { [field: string]: Value } | typeof unfit {
  const names = Object.keys(fields).filter((name) => object[name] !== undefined);
  if (Object.keys(fields).some((name) => object[name] === undefined && fields[name]?.isOptional === false))
    return unfit;
  return fitEach(object, names, (name) => fields[name]);
}

function fitEach(
  object: Fields,
  names: readonly string[],
  shapeAt: (name: string) => ValidatorShape | undefined,
): { [field: string]: Value } | typeof unfit {
  const fitted: { [field: string]: Value } = {};
  let isSame = names.length === Object.keys(object).length;
  for (const name of names) {
    const [value, shape] = [object[name], shapeAt(name)];
    if (value === undefined || shape === undefined) return unfit;
    const one = fit(value, shape);
    if (one === unfit) return unfit;
    isSame &&= one === value;
    fitted[name] = one;
  }
  return isSame ? (object as { [field: string]: Value }) : fitted;
}

/** The member that takes it as it is, else the first that takes a part of it. */
function fitMember(value: Value, members: readonly ValidatorShape[]): Value | typeof unfit {
  const fitted = members.map((member) => fit(value, member));
  return fitted.find((one) => one === value) ?? fitted.find((one) => one !== unfit) ?? unfit;
}

type PlainShape = Exclude<ValidatorShape, { readonly kind: "array" | "record" | "object" | "union" }>;

function isPlain(value: Value, shape: PlainShape): boolean {
  switch (shape.kind) {
    case "any":
      return true;
    case "null":
      return value === null;
    case "float64":
      return typeof value === "number";
    case "int64":
      return typeof value === "bigint";
    case "boolean":
      return typeof value === "boolean";
    case "string":
      return typeof value === "string";
    case "bytes":
      return isBytes(value);
    case "id":
      return typeof value === "string" && isIdOf(shape.tableName, value);
    case "literal":
      return Object.is(value, shape.value);
  }
}
