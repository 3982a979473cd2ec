import {
  BothyError,
  checkFunctionNames,
  collectFunctions,
  functionVersion,
  lensToJson,
  schemaHash,
  schemaToJson,
} from "bothy/internal";
import type { Json, RegisteredFunction, Schema } from "bothy/internal";
import type { FunctionEntry } from "../function-pool.ts";

/** The app's functions, as they are run. */
export interface LoadedBundle {
  readonly schema: Schema;
  readonly functionByName: ReadonlyMap<string, RegisteredFunction>;
  readonly description: {
    readonly functions: readonly FunctionEntry[];
    readonly schema: Json;
    readonly schemaHash: string;
    readonly lenses: { readonly [table: string]: Json };
  };
}

/** Takes what a bundle exports. */
export function loadBundle(exported: unknown): LoadedBundle {
  const { schema, modules } = parseBundle(exported);
  checkFunctionNames(modules);
  const functionByName = collectFunctions(modules);
  const functions = [...functionByName].map(([name, registered]): FunctionEntry => ({
    name,
    kind: registered.kind,
    visibility: registered.visibility,
    version: functionVersion(name, registered),
    isShared: name.startsWith("shared/"),
    ...(registered.kind === "scope" && registered.args !== undefined ? { isOnDemand: true } : {}),
    ...(registered.leaseMs === undefined ? {} : { leaseMs: registered.leaseMs }),
    ...(registered.kind === "mutation" && argumentsEntry(name, registered)),
  }));
  return {
    schema,
    functionByName,
    description: { functions, schema: schemaToJson(schema), schemaHash: schemaHash(schema), lenses: lensesOf(schema) },
  };
}

function argumentsEntry(name: string, registered: RegisteredFunction): Pick<FunctionEntry, "args" | "upcasts"> {
  const upcasts = (registered.upcasts ?? []).map((older) => functionVersion(name, older));
  return { args: registered.args?.json ?? null, upcasts };
}

function lensesOf(schema: Schema): { readonly [table: string]: Json } {
  const tables = Object.values(schema.tables);
  return Object.fromEntries(tables.flatMap(({ name, lens }) => (lens ? [[name, lensToJson(lens)]] : [])));
}

function parseBundle(exported: unknown): {
  readonly schema: Schema;
  readonly modules: Readonly<Record<string, object>>;
} {
  const { schema, modules } = Object(exported) as { schema?: unknown; modules?: unknown };
  if (!isRecord(schema) || !isRecord(schema["tables"])) {
    throw new BothyError("schema_invalid", {
      message: "bothy/schema.ts has no schema as its default export.",
      fix: "Write: export default defineSchema({ … });",
    });
  }
  if (!isRecord(modules)) {
    throw new BothyError("build_failed", {
      message: "The file is no bundle of functions.",
      fix: "Build the functions again.",
    });
  }
  // The generated entry of the bundle exports a schema of `defineSchema`, and namespaces of modules.
  return { schema: schema as unknown as Schema, modules: modules as Record<string, object> };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
