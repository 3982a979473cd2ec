import type { Json } from "../errors/index.ts";
import { encodeValue } from "./encode.ts";
import type { ValidatorShape } from "./validator.ts";

/** Writes what a validator says as JSON; equal validators have equal JSON. */
export function validatorToJson(shape: ValidatorShape): Json {
  const json = kindToJson(shape);
  return shape.isOptional ? { ...json, optional: true } : json;
}

function kindToJson(shape: ValidatorShape): { readonly [field: string]: Json } {
  const { kind } = shape;
  switch (kind) {
    case "id":
      return { kind, table: shape.tableName };
    case "literal":
      return { kind, value: encodeValue(shape.value) };
    case "array":
      return { kind, element: validatorToJson(shape.element) };
    case "record":
      return { kind, key: validatorToJson(shape.key), value: validatorToJson(shape.value) };
    case "union":
      return { kind, members: shape.members.map(validatorToJson) };
    case "object":
      return {
        kind,
        fields: Object.fromEntries(Object.entries(shape.fields).map(([name, part]) => [name, validatorToJson(part)])),
      };
    default:
      return { kind };
  }
}
