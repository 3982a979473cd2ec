/**
 * What can be stored and sent (docs/spec/values.md).
 *
 * Values, their one total order, the keys that keep this order in an index, the JSON in which they travel, ids, validators
 * and every limit. Whatever passes `decodeValue` or `checkValue` is plain, bounded and inert: no getters, no prototypes,
 * no lone surrogates. Hashing and seeded randomness stand here because ids need them on the device, synchronously.
 * Leaves tables and indexes to `schema`.
 */
export { buildValidator, isValidatorLike } from "./build-validator.ts";
export { base64OfBytes, bytesOfBase64, bytesOfHex, hexOfBytes } from "./bytes-text.ts";
export { cloneValue, freezeDeep } from "./copy.ts";
export { decodeValue, parseJson, parseValue } from "./decode.ts";
export { encodeValue, stringifyJson, stringifyValue } from "./encode.ts";
export { findFieldNameProblem, findTopFieldNameProblem } from "./field-name.ts";
export { describeValidator } from "./find-issues.ts";
export { deriveId, isIdOf, makeId, parseIdTag, tableTag } from "./id.ts";
export type { Id } from "./id.ts";
export { decodeKey, elementEnd, splitKey } from "./key-decode.ts";
export { encodeKey, encodeKeyElement, keyAfterPrefix } from "./key.ts";
export type { Key } from "./key.ts";
export {
  argumentsSizeBytes,
  filterOperatorsMax,
  groupCallsMax,
  indexKeySizeBytes,
  transactionReadBytes,
  transactionReadDocuments,
  transactionReadRanges,
  transactionWriteBytes,
  transactionWriteDocuments,
  windowRowsMax,
} from "./limit-figures.ts";
export { limits } from "./limits.ts";
export { equalValues } from "./equal.ts";
export { compareText, compareValues } from "./order.ts";
export { writePath } from "./path.ts";
export type { PathStep } from "./path.ts";
export { createRandom, createWords } from "./random.ts";
export { readValue } from "./read-value.ts";
export { hmacSha256, sha256 } from "./sha256.ts";
export type { StandardSchemaProps, StandardSchemaResult } from "./standard-schema.ts";
export { bytesOfLatin1, bytesOfText, isWellFormed, latin1OfBytes, utf8Length } from "./text.ts";
export { v } from "./v.ts";
export type { ValidatorWords } from "./v.ts";
export { shapeOf, validate } from "./validate.ts";
export type { ValidationCode } from "./validate.ts";
export { validatorFromJson } from "./validator-from-json.ts";
export { validatorToJson } from "./validator-json.ts";
export type {
  ArrayValidator,
  Expand,
  IdValidator,
  Infer,
  Issue,
  LiteralValidator,
  LiteralValue,
  ObjectOf,
  ObjectValidator,
  PathsOf,
  PlainKind,
  PlainValidator,
  RecordValidator,
  UnionValidator,
  Validator,
  ValidatorFields,
  ValidatorShape,
} from "./validator.ts";
export { checkDocument, checkValue, findValueProblem, valueSizeBytes } from "./value-check.ts";
export type { ValueProblem } from "./value-check.ts";
export { isBytes, isPlainObject, nameType } from "./value.ts";
export type { Document, Value } from "./value.ts";
export { fromWireError, toWireError } from "./wire-error.ts";
