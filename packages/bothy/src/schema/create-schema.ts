import { BothyError } from "../errors/index.ts";
import { limits, shapeOf, tableTag, v, type Validator, type ValidatorShape } from "../values/index.ts";
import type { IndexDefinition, Projection, Schema, TableDefinition } from "./schema.ts";
import type { TableLens } from "./table-lens.ts";

/** An index as the author wrote it. */
export interface DeclaredIndex {
  readonly name: string;
  readonly fields: readonly string[];
}

/** A table as the author wrote it. */
export interface DeclaredTable {
  readonly validator: Validator;
  readonly declaredIndexes: readonly DeclaredIndex[];
  readonly declaredProjections?: readonly Projection[];
  readonly declaredLens?: TableLens;
}

const identifier = /^[A-Za-z][A-Za-z0-9_]*$/;
const systemIdentifier = /^_?[A-Za-z][A-Za-z0-9_]*$/;

/** Checks declared tables (SC1 to SC5) and completes them with what every table has. */
export function createSchema(tables: readonly (readonly [name: string, table: DeclaredTable])[]): Schema {
  if (tables.length > limits.tablesMax)
    throw invalid(
      `A schema has ${tables.length} tables; at most ${limits.tablesMax} are possible`,
      "Put some of them together.",
    );
  const tableByTag = new Map<number, string>();
  const definitions: [string, TableDefinition][] = [];
  for (const [name, table] of tables) {
    checkTableName(name);
    const tag = tableTag(name);
    const twin = tableByTag.get(tag);
    if (twin !== undefined)
      throw invalid(
        `Tables "${twin}" and "${name}" have the same tag, so their ids could not be told apart`,
        "Rename one of them.",
      );
    tableByTag.set(tag, name);
    definitions.push([name, createTable(name, table)]);
  }
  return { tables: Object.fromEntries(definitions) };
}

function checkTableName(name: string): void {
  if (!systemIdentifier.test(name) || name.length > limits.tableNameLengthMax) {
    throw invalid(
      `${JSON.stringify(name)} cannot be the name of a table`,
      `Use letters, digits and _, beginning with a letter, at most ${limits.tableNameLengthMax} characters.`,
    );
  }
}

function createTable(name: string, table: DeclaredTable): TableDefinition {
  const declared = table.declaredIndexes;
  // by_id and by_creation_time come with every table and count as the others do.
  if (declared.length + 2 > limits.indexesPerTableMax) {
    throw invalid(
      `Table "${name}" has more than ${limits.indexesPerTableMax - 2} indexes of its own`,
      "Drop those that no query reads.",
    );
  }
  const names = new Set<string>();
  for (const index of declared) {
    checkIndex(name, table, index);
    if (names.has(index.name)) throw invalid(`Table "${name}" has two indexes "${index.name}"`, "Rename one of them.");
    names.add(index.name);
  }
  const indexes = [
    createIndex("by_id", ["_id"]),
    createIndex("by_creation_time", ["_creationTime", "_id"]),
    ...declared.map((index) => createIndex(index.name, [...index.fields, "_creationTime", "_id"])),
  ];
  const projections = createProjections(name, table);
  const documentValidator = withSystemFields(name, table.validator);
  const { validator, declaredLens: lens } = table;
  return { name, validator, documentValidator, indexes, projections, ...(lens === undefined ? {} : { lens }) };
}

/** Puts the projections of a table into a chain, narrowest first (SC15). */
function createProjections(table: string, { validator, declaredProjections = [] }: DeclaredTable): Projection[] {
  const chain = [...declaredProjections].sort((a, b) => a.fields.length - b.fields.length);
  const names = new Set<string>();
  for (const { name, fields } of chain) {
    const narrower = chain[names.size - 1]?.fields ?? [];
    const isName = identifier.test(name) && name.length <= limits.indexNameLengthMax && !names.has(name);
    const isKnown = fields.every((field) => !field.startsWith("_") && hasPath(shapeOf(validator), [field]));
    const isWider = new Set(fields).size === fields.length && fields.length > narrower.length;
    names.add(name);
    if (
      isName &&
      isKnown &&
      isWider &&
      narrower.every((field) => fields.includes(field)) &&
      names.size <= limits.projectionsPerTableMax
    )
      continue;
    throw invalid(
      `Projection ${JSON.stringify(name)} of table "${table}" forms no chain with the others, or is misnamed or one too many`,
      "Name fields of the table, each once: all of the narrower projection, and more.",
    );
  }
  return chain;
}

function createIndex(name: string, fields: readonly string[]): IndexDefinition {
  return { name, fields, paths: fields.map((field) => field.split(".")) };
}

function checkIndex(table: string, { validator }: DeclaredTable, { name, fields }: DeclaredIndex): void {
  const place = `Index ${JSON.stringify(name)} of table "${table}"`;
  if (name === "by_id" || name === "by_creation_time")
    throw invalid(`${place} has a name that every table uses itself`, "Rename it.");
  if (!identifier.test(name) || name.length > limits.indexNameLengthMax) {
    throw invalid(
      `${place} has a name that cannot be used`,
      `Use letters, digits and _, beginning with a letter, at most ${limits.indexNameLengthMax} characters.`,
    );
  }
  if (fields.length === 0) throw invalid(`${place} has no fields`, "Name at least one, or read by_creation_time.");
  if (fields.length > limits.fieldsPerIndexMax)
    throw invalid(`${place} has more than ${limits.fieldsPerIndexMax} fields`, "Drop those that no range uses.");
  if (new Set(fields).size !== fields.length) throw invalid(`${place} names a field twice`, "Name it once.");
  for (const field of fields) {
    if (field === "_id" || field === "_creationTime")
      throw invalid(`${place} names ${field}`, "Leave it out: every index ends with _creationTime and _id by itself.");
    if (!hasPath(shapeOf(validator), field.split(".")))
      throw invalid(
        `${place} names the field ${JSON.stringify(field)}, which the table does not have`,
        "Correct the name, or add the field.",
      );
  }
}

function hasPath(shape: ValidatorShape, steps: readonly string[]): boolean {
  const [first, ...rest] = steps;
  if (first === undefined) return true;
  switch (shape.kind) {
    case "any":
      return first !== "";
    case "record":
      return hasPath(shape.value, rest);
    case "union":
      return shape.members.some((member) => hasPath(member, steps));
    case "object": {
      const field = Object.hasOwn(shape.fields, first) ? shape.fields[first] : undefined;
      return field !== undefined && hasPath(field, rest);
    }
    default:
      return false;
  }
}

function withSystemFields(table: string, validator: Validator): Validator {
  const shape = shapeOf(validator);
  if (shape.kind === "any") return validator;
  if (shape.kind === "object" && !shape.isOptional)
    return v.object({ ...partsOf(table, shape), _id: v.id(table), _creationTime: v.number() });
  if (shape.kind === "union" && !shape.isOptional) {
    // Members are validators; a shape is what one says, and building keeps the object itself.
    const members = shape.members.map((member) => withSystemFields(table, member as ValidatorShape & Validator));
    return v.union(...(members as Validator<unknown, false>[]));
  }
  throw invalid(
    `Table "${table}" holds ${shape.kind}, but documents are objects`,
    "Declare its fields, v.object, a v.union of objects, or v.any().",
  );
}

function partsOf(
  table: string,
  shape: ValidatorShape & { readonly kind: "object" },
): Record<string, ValidatorShape & Validator> {
  for (const field of Object.keys(shape.fields)) {
    if (field.startsWith("_"))
      throw invalid(
        `Table "${table}" declares the field "${field}", but names that begin with _ belong to Bothy`,
        "Rename it. Every document has _id and _creationTime without declaring them.",
      );
    if (field.includes("."))
      throw invalid(
        `Table "${table}" declares the field "${field}", but a dot in an index's field leads into an object`,
        "Rename it.",
      );
  }
  return shape.fields as Record<string, ValidatorShape & Validator>;
}

/** The error for a schema that cannot be. */
export function invalid(message: string, fix: string): BothyError {
  return new BothyError("schema_invalid", { message: `${message}.`, fix });
}
