import type { Validator, Value } from "../values/index.ts";
import type { MutationContext, QueryContext, ScopeContext } from "./context.ts";

/** What a function may do: read, read and write in one transaction, or say what a device may see. */
export type FunctionKind = "query" | "mutation" | "scope";

/** Who may call a function: anybody, or only the deployment's owner and other functions. */
export type Visibility = "public" | "internal";

/** A function as its module exports it. */
export interface RegisteredFunction<
  Kind extends FunctionKind = FunctionKind,
  Seen extends Visibility = Visibility,
  Args = unknown,
  Returns = unknown,
> {
  readonly isBothyFunction: true;
  readonly kind: Kind;
  readonly visibility: Seen;
  /** Absent: the function takes any arguments object. */
  readonly args?: Validator;
  readonly returns?: Validator;
  /** Of a scope: how long a device may use what it grants after its last contact. Absent: without end. */
  readonly leaseMs?: number;
  /** Older arguments that it still takes. */
  readonly upcasts?: readonly Upcast[];
  /** For whoever runs functions: the context fits the kind, and the arguments have passed `args`. */
  readonly handler: (ctx: FunctionContext, args: ArgumentsObject) => unknown;
  /** Exists for the compiler only, like `~returns`. */
  readonly "~args": Args;
  readonly "~returns": Returns;
}

/** Older arguments of a function, and how they are brought up to those that it takes now. */
export interface Upcast<Args = unknown> {
  readonly args: Validator;
  readonly up: (args: ArgumentsObject) => unknown;
  /** Exists for the compiler only. */
  readonly "~args": Args;
}

/** What a handler of one of the kinds is given. */
export type FunctionContext = QueryContext | MutationContext | ScopeContext;

/** Arguments by name, as every function takes them. */
export type ArgumentsObject = { readonly [name: string]: Value | undefined };

const kinds: ReadonlySet<unknown> = new Set<FunctionKind>(["query", "mutation", "scope"]);

/** Tells whether something that a module exports is a function of ours, also one made by another copy of this package. */
export function isRegisteredFunction(exported: unknown): exported is RegisteredFunction {
  if (typeof exported !== "object" || exported === null || !("isBothyFunction" in exported)) return false;
  return exported.isBothyFunction === true && "kind" in exported && kinds.has(exported.kind) && "handler" in exported;
}
