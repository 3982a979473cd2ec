import type { TableLens, ValidatorShape, Value } from "bothy/internal";
import { fit, unfit } from "./fit.ts";

/** From the older of two neighbouring schemas to the newer, or back. */
export type Direction = "up" | "down";
type FieldShapes = Readonly<Record<string, ValidatorShape>>;

/** Where the fields of a target come from. */
export interface FieldSources {
  /** The fields of the source that hold what a field of the target is to hold: the first that is there. */
  of(field: string): readonly string[];
  mapValue(field: string, value: Value): Value;
  /** What `mapValue` makes of the values that a validator lets through. */
  mapShape(field: string, shape: ValidatorShape): ValidatorShape;
}

/**
 * Finds what of a lens concerns a step: an author says once how a table has changed over time, and each saying counts in
 * the step in which it happened, which is the one whose schemas show it.
 */
export function fieldSources(
  from: readonly FieldShapes[],
  to: readonly FieldShapes[],
  { lens, direction }: { readonly lens: TableLens; readonly direction: Direction },
): FieldSources {
  const [older, newer] = direction === "up" ? [from, to] : [to, from];
  const renames = Object.entries(lens.renamed ?? {}).filter(
    ([old, name]) => has(older, old) && !has(older, name) && has(newer, name),
  );
  const of = (field: string): readonly string[] => {
    if (direction === "up") {
      const rename = renames.find(([, name]) => name === field);
      if (rename) return [rename[0]];
      return renames.some(([old]) => old === field) ? [] : [field];
    }
    const rename = renames.find(([old]) => old === field);
    if (rename) return has(newer, field) ? [rename[1], field] : [rename[1]];
    return [field];
  };
  const takes = (field: string, text: string): boolean =>
    to.some((member) => {
      const shape = member[field];
      return shape !== undefined && fit(text, shape) !== unfit;
    });
  const textsByField = new Map<string, ReadonlyMap<string, string>>();
  const mapText = (field: string, text: string): string => {
    let texts = textsByField.get(field);
    if (texts === undefined) textsByField.set(field, (texts = textsFor(lens, [field, ...of(field)], direction)));
    const there = texts.get(text);
    return there !== undefined && !takes(field, text) && takes(field, there) ? there : text;
  };
  const mapShape = (field: string, shape: ValidatorShape): ValidatorShape => {
    if (shape.kind === "union") return { ...shape, members: shape.members.map((member) => mapShape(field, member)) };
    if (shape.kind !== "literal" || typeof shape.value !== "string") return shape;
    return { ...shape, value: mapText(field, shape.value) };
  };
  return {
    of,
    mapValue: (field, value) => (typeof value === "string" ? mapText(field, value) : value),
    mapShape,
  };
}

function has(members: readonly FieldShapes[], field: string): boolean {
  return members.some((member) => Object.hasOwn(member, field));
}

function textsFor(lens: TableLens, fields: readonly string[], direction: Direction): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const field of fields) {
    const { up = {}, down = {} } = lens.values?.[field] ?? {};
    if (direction === "up") for (const [old, name] of Object.entries(up)) texts.set(old, name);
    else {
      // Of several that became one, the first stands for it.
      for (const [old, name] of Object.entries(up).toReversed()) texts.set(name, old);
      for (const [name, old] of Object.entries(down)) texts.set(name, old);
    }
  }
  return texts;
}
