/**
 * The unsupported door: what `bothy-server` needs of the layers below the client, grouped by folder.
 *
 * It guarantees nothing to anybody else and may change with every release; the two packages are locked to the same version.
 * Apps import `bothy`, `bothy/client` and `bothy/react`.
 */

// errors
export {
  AppError,
  assert,
  BothyError,
  errorCodes,
  isAppError,
  isBothyError,
  isErrorCode,
  unreachable,
} from "./errors/index.ts";
export type { BothyErrorText, ErrorCode, ErrorTraits, Json, WireError } from "./errors/index.ts";

// values
export {
  base64OfBytes,
  bytesOfBase64,
  bytesOfHex,
  bytesOfLatin1,
  bytesOfText,
  checkDocument,
  checkValue,
  cloneValue,
  compareText,
  compareValues,
  createRandom,
  createWords,
  decodeKey,
  decodeValue,
  deriveId,
  describeValidator,
  elementEnd,
  encodeKey,
  encodeKeyElement,
  encodeValue,
  equalValues,
  freezeDeep,
  fromWireError,
  hexOfBytes,
  hmacSha256,
  isBytes,
  isIdOf,
  isPlainObject,
  isValidatorLike,
  isWellFormed,
  keyAfterPrefix,
  limits,
  makeId,
  nameType,
  parseIdTag,
  parseJson,
  parseValue,
  sha256,
  shapeOf,
  splitKey,
  stringifyJson,
  stringifyValue,
  tableTag,
  toWireError,
  utf8Length,
  v,
  validate,
  validatorFromJson,
  validatorToJson,
  valueSizeBytes,
} from "./values/index.ts";
export type { Document, Id, Infer, Key, Validator, ValidatorFields, ValidatorShape, Value } from "./values/index.ts";

// schema
export {
  createRangeBuilder,
  defineSchema,
  defineSystemSchema,
  defineTable,
  documentKeys,
  fieldAt,
  indexOf,
  isSystemTable,
  joinSchemas,
  keyRangeFor,
  keyRangeOf,
  rangeSpecFromJson,
  rangeSpecId,
  rangeSpecToJson,
  schemaFromJson,
  schemaHash,
  schemaToJson,
  tableOf,
} from "./schema/index.ts";
export type {
  AnyDataModel,
  DataModel,
  DataModelFromSchema,
  IndexDefinition,
  KeyRange,
  RangeBound,
  RangeParts,
  RangeSpec,
  Schema,
  SchemaDefinition,
  SchemaJson,
  TableDefinition,
} from "./schema/index.ts";

// protocol
export {
  chainNext,
  chainStart,
  chunkText,
  parseClientMessage,
  parsePoke,
  parseServerMessage,
  pokeText,
  protocolLimits,
  protocolVersion,
  rangeTag,
} from "./protocol/index.ts";
export type {
  Chunk,
  ChunkRow,
  ClientMessage,
  CursorMessage,
  ErrorMessage,
  Grant,
  Hello,
  HelloCursor,
  HelloDevice,
  Outcome,
  Ping,
  Poke,
  PokeHeader,
  Pong,
  Push,
  PushedMutation,
  RangeTag,
  ResultMessage,
  ScopeMessage,
  ServerMessage,
  Subscribe,
  Unsubscribe,
  Version,
  Welcome,
  WireIdentity,
} from "./protocol/index.ts";

// ranges
export {
  digestText,
  digestWith,
  digestWithout,
  emptyDigest,
  HeldRanges,
  IntervalSet,
  RangeIndex,
  rangeContains,
  rangeTouches,
  scannedPart,
  SortedMap,
} from "./ranges/index.ts";
export type { KeysWritten, Order, RangeDigest, Row, RowsRead } from "./ranges/index.ts";

// functions
export {
  anyApi,
  checkFunctionNames,
  collectFunctions,
  createFilter,
  createFunctions,
  functionVersion,
  getFunctionName,
  internalMutation,
  internalQuery,
  isRegisteredFunction,
  mutation,
  paginationOptsValidator,
  query,
  range,
  rangeSpecsOf,
  scope,
} from "./functions/index.ts";
export type {
  AnyDatabaseReader,
  AnyDatabaseWriter,
  ArgumentsObject,
  Auth,
  DatabaseReader,
  DatabaseWriter,
  FunctionContext,
  FunctionKind,
  FunctionReference,
  Functions,
  MutationContext,
  PaginationOptions,
  PaginationResult,
  QueryContext,
  RegisteredFunction,
  ScopeContext,
  ScopeRange,
  ServerContext,
  UserIdentity,
  Visibility,
} from "./functions/index.ts";

// transaction
export { createCreationTimes, createTransaction } from "./transaction/index.ts";
export type {
  Fetch,
  Fetched,
  Transaction,
  TransactionLimits,
  TransactionOptions,
  TransactionWrite,
  WrittenRow,
} from "./transaction/index.ts";
