import type { ValidatorShape } from "bothy/internal";
import { fit, unfit } from "./fit.ts";

/** Tells whether every value that one validator lets through has a place in another, cut to what that one knows. */
export function fits(source: ValidatorShape, target: ValidatorShape): boolean {
  if (target.kind === "any") return true;
  if (source.kind === "union") return source.members.every((member) => fits(member, target));
  if (target.kind === "union") return target.members.some((member) => fits(source, member));
  switch (source.kind) {
    case "literal":
      return fit(source.value, target) !== unfit;
    case "id":
      return target.kind === "string" || (target.kind === "id" && target.tableName === source.tableName);
    case "array":
      return target.kind === "array" && fits(source.element, target.element);
    case "record":
      return target.kind === "record" && fits(source.key, target.key) && fits(source.value, target.value);
    case "object":
      return target.kind === "object" && missingOf(source.fields, target.fields).length === 0;
    default:
      return target.kind === source.kind;
  }
}

/** The fields of a target that objects of a source do not always fill. */
function missingOf(
  source: Readonly<Record<string, ValidatorShape>>,
  target: Readonly<Record<string, ValidatorShape>>,
): readonly string[] {
  return Object.keys(target).filter((name) => {
    const [from, to] = [Object.hasOwn(source, name) ? source[name] : undefined, target[name]];
    if (to === undefined) return false;
    return from === undefined ? !to.isOptional : (from.isOptional && !to.isOptional) || !fits(from, to);
  });
}

/** Tells whether every value that one validator lets through passes another as it is: nothing has to be cut. */
export function passes(source: ValidatorShape, target: ValidatorShape): boolean {
  if (target.kind === "any") return true;
  if (source.kind === "union") return source.members.every((member) => passes(member, target));
  if (target.kind === "union") return target.members.some((member) => passes(source, member));
  if (source.kind === "array") return target.kind === "array" && passes(source.element, target.element);
  if (source.kind === "record")
    return target.kind === "record" && passes(source.key, target.key) && passes(source.value, target.value);
  if (source.kind !== "object") return fits(source, target);
  if (target.kind !== "object") return false;
  const { fields } = target;
  return (
    missingOf(source.fields, fields).length === 0 &&
    Object.entries(source.fields).every(([name, from]) => {
      const to = Object.hasOwn(fields, name) ? fields[name] : undefined;
      return to !== undefined && passes(from, to);
    })
  );
}
