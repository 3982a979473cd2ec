import { isPlainObject } from "bothy/internal";
import type { ValidatorShape, Value } from "bothy/internal";

/** Makes whole numbers int64 where only an int64 fits: plain JSON has one kind of number. The rest stays as it is. */
export function fitNumbers(value: Value, shape: ValidatorShape): Value {
  switch (shape.kind) {
    case "int64":
      return typeof value === "number" && Number.isSafeInteger(value) ? BigInt(value) : value;
    case "array":
      return Array.isArray(value) ? value.map((item) => fitNumbers(item, shape.element)) : value;
    case "object":
      return fitFields(value, (field) => (Object.hasOwn(shape.fields, field) ? shape.fields[field] : undefined));
    case "record":
      return fitFields(value, () => shape.value);
    case "union": {
      const fitting = shape.members.filter((member) => mayBe(value, member));
      // Several members may take it as it is; the validator decides.
      return fitting.length === 1 && fitting[0] !== undefined ? fitNumbers(value, fitting[0]) : value;
    }
    default:
      return value;
  }
}

function fitFields(value: Value, shapeOfField: (field: string) => ValidatorShape | undefined): Value {
  if (!isPlainObject(value)) return value;
  const fields = Object.entries(value).map(([field, inner]): [string, Value] => {
    const shape = shapeOfField(field);
    return [field, shape === undefined ? (inner as Value) : fitNumbers(inner as Value, shape)];
  });
  return Object.fromEntries(fields);
}

/** Whether a member of a union is the kind of thing that a value is. */
function mayBe(value: Value, shape: ValidatorShape): boolean {
  switch (shape.kind) {
    case "any":
      return true;
    case "int64":
    case "float64":
      return typeof value === "number";
    case "array":
      return Array.isArray(value);
    case "object":
    case "record":
      return isPlainObject(value);
    case "literal":
      return value === shape.value;
    case "union":
      return shape.members.some((member) => mayBe(value, member));
    case "null":
    case "boolean":
    case "string":
    case "id":
    case "bytes":
      // Holds no number.
      return false;
  }
}
