/**
 * How an app's functions are written, named and typed.
 *
 * `query`, `mutation`, their internal forms and `scope` mark a handler with what it takes, gives and may do; `range` is what
 * a scope returns; references and `anyApi` name functions; `createFilter` is the filter of `ctx.db`. The contexts here are
 * interfaces: `transaction` makes `ctx.db`, the client and the server's runtime run the handlers.
 */
export { createCallSource } from "./call-source.ts";
export type { CallSource } from "./call-source.ts";
export { checkFunctionNames, collectFunctions, functionVersion } from "./collect-functions.ts";
export type { Auth, MutationContext, QueryContext, ScopeContext, ServerContext, UserIdentity } from "./context.ts";
export {
  createFunctions,
  internalMutation,
  internalQuery,
  mutation,
  query,
  scope,
  upcast,
} from "./create-functions.ts";
export type { Declared, DeclaredType, Functions, FunctionWord, ScopeHandler, ScopeWord } from "./create-functions.ts";
export { paginationOptsValidator } from "./database.ts";
export type {
  AnyChanges,
  AnyDatabaseReader,
  AnyDatabaseWriter,
  AnyFields,
  ProjectionOptions,
  Changes,
  DatabaseReader,
  DatabaseWriter,
  OrderedQuery,
  PaginationOptions,
  PaginationResult,
  Query,
  QueryStart,
  Replacement,
  TypedDatabaseReader,
  TypedDatabaseWriter,
} from "./database.ts";
export { createFilter, FilterExpression } from "./filter.ts";
export type { DocumentFilter, FilterBuilder, FilterOperand, FilterPath } from "./filter.ts";
export { anyApi, getFunctionName } from "./function-reference.ts";
export type { AnyApi, ApiFromModules, ArgsOf, FilterApi, FunctionReference, ReturnOf } from "./function-reference.ts";
export type { Lease } from "./lease.ts";
export { addToSet, inc, isMergeOperation, MergeOperation, removeFromSet } from "./merge.ts";
export type { MergeKind, MergesOf } from "./merge.ts";
export { range, scopeSpecsOf } from "./range.ts";
export type { RangeWord, ScopeRange, ScopeReturn, ScopeSpecs } from "./range.ts";
export { isRegisteredFunction } from "./registered-function.ts";
export type {
  ArgumentsObject,
  FunctionContext,
  FunctionKind,
  RegisteredFunction,
  Upcast,
  Visibility,
} from "./registered-function.ts";
export { bringUp } from "./upcast.ts";
