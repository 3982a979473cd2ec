import { join } from "node:path";
import { errorCodes, limits, schemaHash } from "bothy/internal";
import type { Disk } from "../base/index.ts";
import { createHttp } from "../http/index.ts";
import { openLive } from "../live/index.ts";
import { openSync } from "../sync/index.ts";
import { adminOf } from "./admin-connection.ts";
import type { AdminConnection } from "./admin-connection.ts";
import { removeAddress, writeAddress } from "./address.ts";
import { buildBundle, openParts } from "./open-parts.ts";
import type { PartsOptions } from "./open-parts.ts";

/** How an app is served. */
export interface ServerOptions extends PartsOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Other origins whose pages may connect. */
  readonly allowedOrigins: readonly string[];
  /** False while developing: the front end is served by its own tool. */
  readonly servesFrontEnd: boolean;
}

/** A running deployment. */
export interface BothyServer {
  readonly url: string;
  readonly port: number;
  readonly hasFrontEnd: boolean;
  /** Calls a function with the admin's rights. */
  readonly admin: AdminConnection;
  /** Builds the functions again and swaps them; `restart` says that the schema changed, which takes a new start. */
  reload(): Promise<"reloaded" | "restart">;
  close(): Promise<void>;
}

/** Starts a deployment: opens its data, its functions and its port; fails with everything closed again. */
export async function openServer(options: ServerOptions): Promise<BothyServer> {
  const { world, folder } = options;
  const parts = await openParts(options);
  const appHash = schemaHash(parts.bundle.schema);
  const live = openLive({ world, engine: parts.engine, pool: parts.pool });
  const sync = openSync({ ...parts, world, live, schemaHash: appHash });
  try {
    const frontEnd = options.servesFrontEnd ? await frontEndOf(world.disk, options.projectFolder) : undefined;
    const http = await createHttp({
      world,
      engine: parts.engine,
      pool: parts.pool,
      isAdminKey: (key) => parts.auth.isAdminKey(key),
      connect: (socket) => sync.connect(socket),
      frontEnd,
      allowedOrigins: options.allowedOrigins,
    });
    const listening = await world.network.listen({
      ...http,
      host: options.host,
      port: options.port,
      // A frame that is too long by less is read and refused by name; a longer one is not even read.
      maxMessageBytes: 2 * limits.frameSizeBytes,
    });
    const url = `http://${hostInUrl(options.host)}:${listening.port}`;
    await writeAddress(world.disk, folder, { url });
    return {
      url,
      port: listening.port,
      hasFrontEnd: frontEnd !== undefined,
      admin: adminOf({ ...parts, world }),
      reload: async () => {
        const bundle = await buildBundle(options);
        if (schemaHash(bundle.schema) !== appHash) return "restart";
        await parts.pool.load(bundle.path);
        return "reloaded";
      },
      close: async () => {
        await removeAddress(world.disk, folder);
        await listening.close(errorCodes.shutting_down.socketCloseCode, "shutting_down");
        await sync.close();
        await live.close();
        await parts.close();
      },
    };
  } catch (error) {
    await sync.close();
    await live.close();
    await parts.close();
    throw error;
  }
}

async function frontEndOf(disk: Disk, projectFolder: string): Promise<string | undefined> {
  const folder = join(projectFolder, "dist");
  return (await disk.stat(join(folder, "index.html"))) ? folder : undefined;
}

function hostInUrl(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
