import { shapeOf } from "bothy/internal";
import type { TableDefinition, TableLens, ValidatorShape, Value } from "bothy/internal";
import { fieldSources } from "./field-sources.ts";
import type { Direction, FieldSources } from "./field-sources.ts";
import { fit, unfit } from "./fit.ts";
import { fits, passes } from "./fits.ts";

/** The fields of a document that its author declared. */
export type FieldValues = { readonly [field: string]: Value | undefined };
type FieldShapes = Readonly<Record<string, ValidatorShape>>;

/** How documents of a table of one schema are read in the terms of its neighbour. */
export interface TableStep {
  /** Never fails for what the source's validator lets through. */
  apply(fields: FieldValues): FieldValues;
  /** The field of the target that has just the values of a field of the source; undefined: there is none. */
  carry(field: string): string | undefined;
}

/** A step, or the fields of the target that nothing says how to fill. */
export type TablePlan =
  | { readonly kind: "step"; readonly step: TableStep }
  | { readonly kind: "none"; readonly fields: readonly string[] };

/** Plans the step from one table to the same one of a neighbouring schema; `lens`: what the newer of the two says. */
export function planTableStep(
  source: TableDefinition,
  target: TableDefinition,
  how: { readonly lens: TableLens; readonly direction: Direction },
): TablePlan {
  const [from, to] = [membersOf(source), membersOf(target)];
  // Whatever a table takes can be read as it is; what may be anything, as nothing else.
  if (to === undefined) return { kind: "step", step: sameFields };
  if (from === undefined) return { kind: "none", fields: ["*"] };
  const parts: StepParts = {
    from,
    to,
    shape: shapeOf(target.validator),
    sources: fieldSources(from, to, how),
    defaults: how.lens.defaults ?? {},
  };
  const fields = from.flatMap((member) => unfilled(parts, member));
  return fields.length > 0 ? { kind: "none", fields: [...new Set(fields)] } : { kind: "step", step: createStep(parts) };
}

interface StepParts {
  readonly from: readonly FieldShapes[];
  readonly to: readonly FieldShapes[];
  readonly shape: ValidatorShape;
  readonly sources: FieldSources;
  readonly defaults: NonNullable<TableLens["defaults"]>;
}

const sameFields: TableStep = { apply: (fields) => fields, carry: (field) => field };

/** The objects that a table holds; undefined: anything. */
function membersOf(table: TableDefinition): readonly FieldShapes[] | undefined {
  const shape = shapeOf(table.validator);
  if (shape.kind === "object") return [shape.fields];
  if (shape.kind !== "union") return undefined;
  return shape.members.flatMap((member) => (member.kind === "object" ? [member.fields] : []));
}

/** The fields that keep a member of the source from every member of the target; none if one takes it. */
function unfilled(parts: StepParts, member: FieldShapes): readonly string[] {
  const missing = parts.to.map((target) =>
    Object.keys(target).filter((field) => !isFilled(parts, member, field, target)),
  );
  return missing.some((fields) => fields.length === 0) ? [] : (missing[0] ?? []);
}

function isFilled({ sources, defaults }: StepParts, member: FieldShapes, field: string, target: FieldShapes): boolean {
  const to = target[field];
  // What may be absent is left out where it has no place.
  if (to === undefined || to.isOptional) return true;
  const byDefault = defaults[field];
  if (byDefault !== undefined && fit(byDefault, to) !== unfit) return true;
  const shapes = sources.of(field).flatMap((name) => member[name] ?? []);
  const isThere = shapes.some(({ isOptional }) => !isOptional);
  return isThere && shapes.every((shape) => fits(sources.mapShape(field, shape), to));
}

function createStep(parts: StepParts): TableStep {
  const names = [...new Set(parts.to.flatMap((member) => Object.keys(member)))];
  return {
    apply: (fields) => {
      const moved: { [field: string]: Value } = {};
      for (const name of names) {
        const value = readFirst(fields, parts.sources.of(name));
        if (value !== undefined) moved[name] = parts.sources.mapValue(name, value);
      }
      return place(parts, moved);
    },
    carry: (field) => names.find((name) => isCarried(parts, field, name)),
  };
}

function readFirst(fields: FieldValues, names: readonly string[]): Value | undefined {
  for (const name of names) if (fields[name] !== undefined) return fields[name];
  return undefined;
}

/** As the target has it: cut, and filled with what the lens says where that is needed. */
function place(parts: StepParts, moved: { readonly [field: string]: Value }): FieldValues {
  const fitted = fit(moved as Value, parts.shape);
  if (fitted !== unfit) return fitted as FieldValues;
  for (const member of parts.to) {
    const filled = fill(parts, moved, member);
    if (filled !== undefined) return filled;
  }
  return moved;
}

function fill({ defaults }: StepParts, moved: FieldValues, member: FieldShapes): FieldValues | undefined {
  const filled: { [field: string]: Value } = {};
  for (const [name, shape] of Object.entries(member)) {
    const value = moved[name];
    const fitted = value === undefined ? unfit : fit(value, shape);
    const byDefault = shape.isOptional && value === undefined ? undefined : defaults[name];
    const chosen = fitted === unfit && byDefault !== undefined ? fit(byDefault, shape) : fitted;
    if (chosen !== unfit) filled[name] = chosen;
    else if (!shape.isOptional) return undefined;
  }
  return filled;
}

function isCarried({ from, to, sources }: StepParts, field: string, name: string): boolean {
  const names = sources.of(name);
  if (names.length !== 1 || names[0] !== field) return false;
  return from.every((member) =>
    to.every((target) => {
      const [source, shape] = [member[field], target[name]];
      if (source === undefined || shape === undefined) return (source ?? shape)?.isOptional ?? true;
      return (!source.isOptional || shape.isOptional) && passes(source, shape);
    }),
  );
}
