import { schemaHash, schemaToJson } from "bothy/internal";
import type { Json, Schema } from "bothy/internal";
import type { AppMutation } from "./function-history.ts";
import type { AppSchema } from "./schema-history.ts";

/** What an app is, as far as devices with other versions of it are concerned. */
export interface AppVersion {
  readonly schema: AppSchema;
  /** The mutations that devices may call. */
  readonly mutations: readonly AppMutation[];
}

/** An app as it was built. */
export interface BuiltApp {
  readonly schema: Schema;
  readonly lenses: AppSchema["lenses"];
  readonly functions: Iterable<{
    readonly name: string;
    readonly kind: string;
    readonly visibility: string;
    readonly version: string;
    readonly isShared: boolean;
    readonly args?: Json;
    readonly upcasts?: readonly string[];
  }>;
}

/** What an app that was built is to devices that run other versions of it. */
export function appVersionOf({ schema, functions, lenses }: BuiltApp): AppVersion {
  return {
    schema: { hash: schemaHash(schema), json: schemaToJson(schema), lenses },
    mutations: [...functions]
      .filter(({ kind, visibility }) => kind === "mutation" && visibility === "public")
      .map(({ name, version, isShared, args = null, upcasts = [] }) => {
        // A function that is not bundled with devices has no version there.
        return { name, version: isShared ? version : "", args, upcasts };
      }),
  };
}
