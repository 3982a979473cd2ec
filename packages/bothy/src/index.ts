/**
 * What an app's author writes with: validators, schema, functions, scopes and ranges, and the errors they meet.
 *
 * Everything here runs on the device and on the server alike. Clients and React bindings have doors of their own,
 * `bothy/client` and `bothy/react`; `_generated/` gives these words the types of the app's schema.
 */
export { AppError, BothyError, isAppError, isBothyError } from "./errors/index.ts";
export type { ErrorCode } from "./errors/index.ts";
export {
  addToSet,
  anyApi,
  createFunctions,
  getFunctionName,
  inc,
  internalMutation,
  internalQuery,
  mutation,
  paginationOptsValidator,
  query,
  range,
  removeFromSet,
  scope,
  upcast,
} from "./functions/index.ts";
export type {
  ApiFromModules,
  ArgsOf,
  Auth,
  DatabaseReader,
  DatabaseWriter,
  FilterApi,
  FunctionReference,
  Functions,
  MergeOperation,
  Lease,
  MutationContext,
  PaginationOptions,
  PaginationResult,
  QueryContext,
  RegisteredFunction,
  ReturnOf,
  ScopeContext,
  ScopeRange,
  ScopeReturn,
  Upcast,
  UserIdentity,
} from "./functions/index.ts";
export { defineSchema, defineTable } from "./schema/index.ts";
export type { DataModelFromSchema, DocumentOf, TableNames, WithoutSystemFields } from "./schema/index.ts";
export { v } from "./values/index.ts";
export type { Document, Id as GenericId, Id, Infer, Validator, Value } from "./values/index.ts";
