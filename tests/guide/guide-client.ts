import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { FunctionReference, Id } from "bothy";
import type { BothyClient, ClientApp, QueryView } from "bothy/client";
import type { openMemoryStorage } from "bothy/storage/memory";
import { build } from "esbuild";
import WebSocket from "ws";
import type { GuideApp } from "./guide-app.ts";

/** A row of the guide's list. */
export interface Item {
  readonly _id: Id<"items">;
  readonly name: string;
  readonly broughtBy?: string;
  readonly isPacked?: boolean;
}

type Mutation<Args> = FunctionReference<"mutation", "public", Args, null>;

/** The functions of the app that "Your first local-first app" builds, as its generated code has them. */
export interface GuideApi {
  readonly scopes: { readonly trip: FunctionReference<"scope", "public", { trip: string }> };
  readonly shared: {
    readonly items: {
      readonly list: FunctionReference<"query", "public", { trip: string }, readonly Item[]>;
      readonly add: Mutation<{ trip: string; name: string }>;
      readonly bring: Mutation<{ itemId: Id<"items">; by: string }>;
      readonly pack: Mutation<{ itemId: Id<"items">; isPacked: boolean }>;
    };
  };
}

interface DeviceCode {
  readonly api: GuideApi;
  readonly app: ClientApp;
  readonly createClient: (options: object) => BothyClient;
  readonly openMemoryStorage: typeof openMemoryStorage;
}

/** A device that runs the guide's app, without its screen. */
export interface GuideDevice {
  readonly api: GuideApi;
  readonly client: BothyClient;
  /** The list of a trip, which the device holds. */
  readonly list: QueryView<readonly Item[]>;
}

let version = 0;

/** Bundles what the app's page would load, as it is now; makes devices that run it. */
export async function loadDevice(app: GuideApp): Promise<(url: string, trip: string) => GuideDevice> {
  const outfile = join(app.folder, `device-${++version}.mjs`);
  const contents = `
    export { api } from "./bothy/_generated/api.js";
    export { app } from "./bothy/_generated/client.js";
    export { createClient } from "bothy/client";
    export { openMemoryStorage } from "bothy/storage/memory";`;
  const stdin = { contents, resolveDir: app.folder };
  await build({ stdin, outfile, bundle: true, format: "esm", target: "es2023", logLevel: "silent" });
  const code = (await import(pathToFileURL(outfile).href)) as DeviceCode;
  return (url, trip) => {
    const storage = code.openMemoryStorage();
    const client = code.createClient({ url, app: code.app, storage, webSocket: WebSocket });
    client.hold(code.api.scopes.trip, { trip });
    const list = client.query(code.api.shared.items.list, { trip });
    // Watched, as by a page that shows it; else it would be forgotten in between.
    list.subscribe(() => undefined);
    return { api: code.api, client, list };
  };
}
