import { collectFunctions, functionVersion, type RegisteredFunction } from "../functions/index.ts";
import type { Schema } from "../schema/index.ts";

/** What an app gives its client: `_generated/client` exports one. */
export interface ClientApp {
  readonly schema: Schema;
  /** Modules of `bothy/shared`, by path. */
  readonly shared: Readonly<Record<string, object>>;
}

/** A function that also runs on this device. */
export interface SharedFunction {
  readonly registered: RegisteredFunction;
  readonly version: string;
}

/** Finds the functions of an app that run on this device, by name. */
export function sharedFunctionsOf(app: ClientApp): ReadonlyMap<string, SharedFunction> {
  const shared = new Map<string, SharedFunction>();
  for (const [name, registered] of collectFunctions(app.shared)) {
    // Scopes and what only the deployment's owner may call run on the server.
    if (registered.kind === "scope" || registered.visibility !== "public") continue;
    shared.set(name, { registered, version: functionVersion(name, registered) });
  }
  return shared;
}
