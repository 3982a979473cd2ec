import { parseValue, stringifyValue } from "bothy/internal";
import type { Document, IndexDefinition, RangeSpec, TableDefinition, Value } from "bothy/internal";
import type { SchemaPath } from "./schema-tree.ts";
import type { FieldValues, TableStep } from "./table-step.ts";

/** How a device of another schema names what it is sent. One for all devices of that schema. */
export interface PathTerms {
  /** The range as the device names it; undefined: it has no such table, index or projection. */
  specOf(spec: RangeSpec): RangeSpec | undefined;
  /** `only`: the projection of what it is given. */
  formOf(table: string, only?: string): PathForm;
}

interface PathForm {
  readonly id: string;
  textOf(text: string): string;
}

/** Makes the terms at the end of a path that begins at the schema in force. */
export function createTerms(
  hash: string,
  { target, stepsByTable }: SchemaPath,
  tableInForce: (table: string) => TableDefinition,
): PathTerms {
  const formByName = new Map<string, PathForm>();
  const stepsOf = (table: string): readonly TableStep[] => stepsByTable.get(table) ?? [];
  return {
    formOf(table, only) {
      const name = `${table} ${only ?? ""}`;
      let form = formByName.get(name);
      if (form === undefined) formByName.set(name, (form = createForm(hash, stepsOf(table), only !== undefined)));
      return form;
    },
    specOf(spec) {
      const table = target.tables[spec.table];
      if (table === undefined || !stepsByTable.has(spec.table)) return undefined;
      const steps = stepsOf(spec.table);
      const source = tableInForce(spec.table);
      const indexes = spec.only === undefined ? table.indexes : indexesInside(table, spec.only, { source, steps });
      const order = source.indexes.find(({ name }) => name === spec.index)?.fields ?? [];
      const fields = order.map((field) => carried(steps, field));
      const index = findIndex(indexes, spec, fields);
      if (index === undefined) return undefined;
      const { fields: _named, ...told } = spec;
      return { ...told, index: index.name };
    },
  };
}

function createForm(hash: string, steps: readonly TableStep[], isPart: boolean): PathForm {
  // Where nothing has changed between the two, devices of both are sent the very same text.
  if (steps.length === 0) return { id: "", textOf: (text) => text };
  const through = isPart ? carryFields : applySteps;
  // Ranges that overlap ask for the same document one after the other.
  let last: readonly [text: string, told: string] = ["", ""];
  return {
    id: `${hash} `,
    textOf(text) {
      if (last[0] === text) return last[1];
      const { _id, _creationTime, ...fields } = parseValue(text) as Document;
      last = [text, stringifyValue({ ...through(steps, fields), _id, _creationTime } as Value)];
      return last[1];
    },
  };
}

function applySteps(steps: readonly TableStep[], fields: FieldValues): FieldValues {
  return steps.reduce((made, step) => step.apply(made), fields);
}

/** Of a part of a document: the fields that have a place, as they are. */
function carryFields(steps: readonly TableStep[], fields: FieldValues): FieldValues {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([field, value]) => {
      const place = carried(steps, field);
      return place === undefined ? [] : [[place, value]];
    }),
  );
}

/** Where a field of the schema in force stands at the end of the steps. */
function carried(steps: readonly TableStep[], path: string): string | undefined {
  const [first = "", ...rest] = path.split(".");
  // Every table has these, whatever its schema.
  if (first === "_id" || first === "_creationTime") return path;
  let field: string | undefined = first;
  for (const step of steps) if (field !== undefined) field = step.carry(field);
  return field === undefined ? undefined : [field, ...rest].join(".");
}

/** The indexes that lie inside a projection of both schemas, if all that the device takes it for can be filled from ours. */
function indexesInside(
  target: TableDefinition,
  only: string,
  { source, steps }: { readonly source: TableDefinition; readonly steps: readonly TableStep[] },
): readonly IndexDefinition[] {
  const there = target.projections.find(({ name }) => name === only)?.fields;
  const here = source.projections.find(({ name }) => name === only)?.fields;
  const filled = new Set(here?.map((field) => carried(steps, field)));
  if (there === undefined || !there.every((field) => filled.has(field))) return [];
  return target.indexes.filter(({ paths }) =>
    paths.every(([field = ""]) => field.startsWith("_") || there.includes(field)),
  );
}

/** An index that has the range as one piece: of the same name, if there is one. A window needs all of its order. */
function findIndex(
  indexes: readonly IndexDefinition[],
  spec: RangeSpec,
  fields: readonly (string | undefined)[],
): IndexDefinition | undefined {
  const isBound = spec.lower !== undefined || spec.upper !== undefined;
  const count = spec.newest === undefined ? spec.prefix.length + Number(isBound) : fields.length;
  const fitting = indexes.filter(
    (index) =>
      fields.slice(0, count).every((field, at) => field !== undefined && index.fields[at] === field) &&
      (spec.newest === undefined || index.fields.length === fields.length),
  );
  return fitting.find(({ name }) => name === spec.index) ?? fitting[0];
}
