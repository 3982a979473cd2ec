import type { AnyDatabaseWriter, Infer, Schema, Validator, Value, Version } from "bothy/internal";
import type { World } from "../base/index.ts";
import type { Engine } from "../engine/index.ts";

/** What a system function is given: the database with its system tables, and the schema in force. */
export interface SystemContext {
  readonly db: AnyDatabaseWriter;
  readonly schema: Schema;
}

/** One of Bothy's own functions, called by name like an app's, with the admin key only. */
export interface SystemFunction {
  readonly name: string;
  readonly args: Validator;
  readonly run: (context: SystemContext, args: Value) => Promise<Value>;
}

/** Declares a system function; the handler's arguments have the validator's type. */
export function systemFunction<Args extends Validator>(declared: {
  readonly name: string;
  readonly args: Args;
  readonly run: (context: SystemContext, args: Infer<Args>) => Promise<Value>;
}): SystemFunction {
  // The caller validates `args` with this very validator before it calls `run`.
  return { ...declared, run: (context, args) => declared.run(context, args as Infer<Args>) };
}

/** What a function over the engine itself is given. */
export interface EngineContext {
  readonly engine: Engine;
  readonly world: World;
}

/** A system function that does its own commits: documents keep their ids, and records go with them. */
export interface EngineFunction {
  readonly name: string;
  readonly args: Validator;
  readonly run: (context: EngineContext, args: Value) => Promise<{ readonly value: Value; readonly version: Version }>;
}

/** Declares a function over the engine; the handler's arguments have the validator's type. */
export function engineFunction<Args extends Validator>(declared: {
  readonly name: string;
  readonly args: Args;
  readonly run: (
    context: EngineContext,
    args: Infer<Args>,
  ) => Promise<{ readonly value: Value; readonly version: Version }>;
}): EngineFunction {
  // The caller validates `args` with this very validator before it calls `run`.
  return { ...declared, run: (context, args) => declared.run(context, args as Infer<Args>) };
}
