import { BothyError } from "../errors/index.ts";
import type { AnyDataModel, DataModel } from "../schema/index.ts";
import {
  type Infer,
  isValidatorLike,
  type ObjectOf,
  v,
  type Validator,
  type ValidatorFields,
} from "../values/index.ts";
import type { MutationContext, QueryContext, ScopeContext } from "./context.ts";
import { leaseMsOf, type Lease } from "./lease.ts";
import { range, type RangeWord, type ScopeReturn } from "./range.ts";
import type { FunctionKind, RegisteredFunction, Upcast, Visibility } from "./registered-function.ts";

/** How arguments and results are declared: the fields of an object, or a validator. */
export type Declared = ValidatorFields | Validator;

/** The type of what was declared. */
export type DeclaredType<D> = D extends Validator ? Infer<D> : D extends ValidatorFields ? ObjectOf<D> : never;

/** Makes functions of one kind: from `{ args, returns, handler }`, or from a bare handler. */
export interface FunctionWord<Kind extends FunctionKind, Seen extends Visibility, Context> {
  <Args extends Declared, Result extends DeclaredType<Returns>, Returns extends Declared = Validator>(definition: {
    readonly args: Args;
    readonly returns?: Returns;
    /** Older arguments, which devices may still have queued, each with what makes them these. */
    readonly upcasts?: readonly Upcast<DeclaredType<Args>>[];
    readonly handler: (ctx: Context, args: DeclaredType<Args>) => Result | Promise<Result>;
  }): RegisteredFunction<Kind, Seen, DeclaredType<Args>, Result>;
  <
    Result extends DeclaredType<Returns>,
    Args extends object = object,
    Returns extends Declared = Validator,
  >(definition: {
    readonly args?: never;
    readonly returns?: Returns;
    readonly handler: (ctx: Context, args: Args) => Result | Promise<Result>;
  }): RegisteredFunction<Kind, Seen, Args, Result>;
  <Result, Args extends object = object>(
    handler: (ctx: Context, args: Args) => Result | Promise<Result>,
  ): RegisteredFunction<Kind, Seen, Args, Result>;
}

/**
 * Makes a scope: a function on the server that says which ranges its caller may see and holds. Every device holds what a
 * scope without declared arguments returns; one with `args` is held by the devices that ask for it, with the arguments
 * that they name.
 */
export interface ScopeWord<Model extends DataModel> {
  <Args extends Declared>(definition: {
    readonly args: Args;
    readonly lease?: Lease;
    readonly handler: (ctx: ScopeContext<Model>, args: DeclaredType<Args>) => ScopeReturn | Promise<ScopeReturn>;
  }): RegisteredFunction<"scope", "public", DeclaredType<Args>, ScopeReturn>;
  (
    definition:
      | ScopeHandler<Model>
      | { readonly args?: never; readonly lease?: Lease; readonly handler: ScopeHandler<Model> },
  ): RegisteredFunction<"scope", "public", object, ScopeReturn>;
}

/** Says which ranges the caller may see. */
export type ScopeHandler<Model extends DataModel> = (ctx: ScopeContext<Model>) => ScopeReturn | Promise<ScopeReturn>;

/** The words in which an app's functions are written, knowing its schema. */
export interface Functions<Model extends DataModel = AnyDataModel> {
  readonly query: FunctionWord<"query", "public", QueryContext<Model>>;
  readonly mutation: FunctionWord<"mutation", "public", MutationContext<Model>>;
  readonly internalQuery: FunctionWord<"query", "internal", QueryContext<Model>>;
  readonly internalMutation: FunctionWord<"mutation", "internal", MutationContext<Model>>;
  readonly scope: ScopeWord<Model>;
  readonly range: RangeWord<Model>;
}

interface Definition {
  readonly args?: Declared;
  readonly returns?: Declared;
  readonly lease?: unknown;
  readonly upcasts?: readonly Upcast[];
  readonly handler: unknown;
}

function register(kind: FunctionKind, visibility: Visibility, defined: unknown): RegisteredFunction {
  const definition = readDefinition(kind, defined);
  const { args, returns, lease, upcasts, handler } = definition;
  if (typeof handler !== "function")
    throw wrong(
      `A ${kind} was made without a handler`,
      `Write ${kind}({ args: {…}, handler: async (ctx, args) => … }).`,
    );
  if (kind === "scope" && args === undefined && handler.length > 1) {
    throw wrong(
      "A scope takes arguments that it does not declare",
      "Declare them: scope({ args: {…}, handler: async (ctx, args) => … }).",
    );
  }
  const registered = {
    isBothyFunction: true,
    kind,
    visibility,
    ...(args === undefined ? {} : { args: validatorOf(args) }),
    ...(returns === undefined ? {} : { returns: validatorOf(returns) }),
    ...(lease === undefined ? {} : { leaseMs: leaseMsOf(lease) }),
    ...(upcasts === undefined ? {} : { upcasts }),
    handler,
  };
  // The one place where a function gets its types: `~args` and `~returns` exist for the compiler only.
  return registered as unknown as RegisteredFunction;
}

function readDefinition(kind: FunctionKind, defined: unknown): Definition {
  if (typeof defined === "function") return { handler: defined };
  if (typeof defined === "object" && defined !== null && "handler" in defined) return defined as Definition;
  throw wrong(
    `A ${kind} was made from ${defined === null ? "null" : typeof defined}`,
    `Write ${kind}({ args: {…}, handler: async (ctx, args) => … }).`,
  );
}

/** Says how older arguments of a mutation are brought up: the old validators, and what makes the new arguments of the old. */
export function upcast<Old extends Declared, New>(args: Old, up: (args: DeclaredType<Old>) => New): Upcast<New> {
  // `~args` exists for the compiler only; arguments have passed `args` before they get to `up`.
  return { args: validatorOf(args), up } as unknown as Upcast<New>;
}

function validatorOf(declared: Declared): Validator {
  return isValidatorLike(declared) ? declared : v.object(declared);
}

function wrong(message: string, fix: string): BothyError {
  return new BothyError("usage_invalid", { message: `${message}.`, fix });
}

/** Makes the words in which functions are written; `_generated/server` calls it with the app's data model. */
export function createFunctions<Model extends DataModel = AnyDataModel>(): Functions<Model> {
  const word = (kind: FunctionKind, visibility: Visibility) => (defined: unknown) =>
    register(kind, visibility, defined);
  const functions = {
    query: word("query", "public"),
    mutation: word("mutation", "public"),
    internalQuery: word("query", "internal"),
    internalMutation: word("mutation", "internal"),
    scope: word("scope", "public"),
    range,
  };
  // The same for every model: only the compiler knows the difference.
  return functions as unknown as Functions<Model>;
}

const anyFunctions: Functions = createFunctions();

/** Makes a public query over any schema. */
export const query: Functions["query"] = anyFunctions.query;
/** Makes a public mutation over any schema. */
export const mutation: Functions["mutation"] = anyFunctions.mutation;
/** Makes a query over any schema that only the deployment's owner and other functions may call. */
export const internalQuery: Functions["internalQuery"] = anyFunctions.internalQuery;
/** Makes a mutation over any schema that only the deployment's owner and other functions may call. */
export const internalMutation: Functions["internalMutation"] = anyFunctions.internalMutation;
/** Makes a scope over any schema. */
export const scope: Functions["scope"] = anyFunctions.scope;
