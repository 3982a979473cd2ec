/**
 * What an app's data looks like (docs/spec/schema.md): tables, validators, indexes, and the ranges over them.
 *
 * `defineSchema` checks once what everybody above relies on; `documentKeys` says where a document stands in every index, and
 * `keyRangeOf` which piece of an index a range is. The types here make indexes and fields known to the compiler. Nothing
 * is read or stored here: that is `ranges`, `transaction` and the server's engine.
 */
export type { DeclaredIndex, DeclaredTable } from "./create-schema.ts";
export type {
  AnyDataModel,
  DataModel,
  DataModelFromSchema,
  DocumentOf,
  FieldAt,
  IndexNames,
  ProjectedDocument,
  ProjectedTable,
  ProjectionNames,
  SystemIndexes,
  TableModel,
  TableNames,
  WithoutSystemFields,
  WithSystemFields,
} from "./data-model.ts";
export { defineSchema, defineSystemSchema, defineTable } from "./define-schema.ts";
export type { LensRules, NewTable, SchemaDefinition, TableBuilder } from "./define-schema.ts";
export { documentKeys, fieldAt } from "./document-keys.ts";
export { isIndexInside, projectFields, projectionOf, widthOf } from "./projection.ts";
export { createRangeBuilder } from "./range-builder.ts";
export type { BuiltRange, IndexRangeBuilder, LooseRangeBuilder, RangeTarget } from "./range-builder.ts";
export { rangeSpecFromJson } from "./check-range-json.ts";
export { rangeSpecId, rangeSpecToJson, readRangeSpec } from "./range-json.ts";
export { isWindowSize, keyRangeFor, keyRangeOf, narrowRange } from "./range.ts";
export type { KeyRange, RangeBound, RangeParts, RangeSpec } from "./range.ts";
export { joinSchemas, schemaFromJson, schemaHash, schemaToJson } from "./schema-json.ts";
export type { SchemaJson } from "./schema-json.ts";
export { indexOf, isSystemTable, positionOf, tableOf } from "./schema.ts";
export type { IndexDefinition, Projection, Schema, TableDefinition } from "./schema.ts";
export { lensFromJson, lensToJson } from "./table-lens.ts";
export type { TableLens, ValueLens } from "./table-lens.ts";
