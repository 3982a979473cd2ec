import { join } from "node:path";
import { errorCodes, limits } from "bothy/internal";
import { withSystemTables } from "../auth/index.ts";
import { readLocalNetwork } from "../base/index.ts";
import type { Disk, Listening, World } from "../base/index.ts";
import { isSameSchema } from "../engine/index.ts";
import { createHttp, guardLocal, isLocalAddress } from "../http/index.ts";
import type { Http, MetricsAccess } from "../http/index.ts";
import type { Lan, LanStatus } from "../lan/index.ts";
import { openLive } from "../live/index.ts";
import { openMetrics } from "../metrics/index.ts";
import { bundleFunctions, stopBundler } from "../runtime/index.ts";
import { appVersionOf } from "../skew/index.ts";
import { openSync } from "../sync/index.ts";
import type { Sync } from "../sync/index.ts";
import { adminOf } from "./admin-connection.ts";
import type { AdminConnection } from "./admin-connection.ts";
import { removeAddress, writeAddress } from "./address.ts";
import { createClosers } from "./closers.ts";
import { admitApp, buildOptionsOf, openParts } from "./open-parts.ts";
import type { Parts, PartsOptions } from "./open-parts.ts";
import { warnOfNoScope } from "./warn-of-no-scope.ts";

/** How an app is served. */
export interface ServerOptions extends PartsOptions {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Other origins whose pages may connect. */
  readonly allowedOrigins: readonly string[];
  /** False while developing: the front end is served by its own tool. */
  readonly servesFrontEnd: boolean;
  readonly isReloading: boolean;
  /** Of Bothy, for its log and metrics. */
  readonly version: string;
  /** Who may read the metrics; holders of the admin key alone unless said otherwise. */
  readonly metricsAccess?: MetricsAccess;
  /** How devices of the local network are served; they are not unless said so. */
  readonly lan?: LanServing;
}

/** How devices of the local network are served. */
export interface LanServing {
  /** The only address to serve on; undefined: all private ones of this machine. */
  readonly address?: string | undefined;
  /** Port for https; undefined: the one after the server's. */
  readonly httpsPort?: number | undefined;
  /** Told when the network has changed and with it the addresses. */
  readonly onMoved: (status: LanStatus) => void;
}

/** What a reload has changed. */
export type Reloaded = "unchanged" | "functions" | "schema and functions";

/** A running deployment. */
export interface BothyServer {
  readonly url: string;
  readonly port: number;
  readonly hasFrontEnd: boolean;
  /** Where devices of the local network find it; undefined if they are not served. */
  readonly lan: LanStatus | undefined;
  /** Calls a function with the admin's rights. */
  readonly admin: AdminConnection;
  /** Builds the functions again and swaps them, with another schema if they were built with one; one call at a time. */
  reload(): Promise<Reloaded>;
  close(): Promise<void>;
}

/** A frame that is too long by less is read and refused by name; a longer one is not even read. */
const maxMessageBytes = 2 * limits.frameSizeBytes;

/** Starts a deployment: opens its data, its functions and its port; fails with everything closed again. */
export async function openServer(options: ServerOptions): Promise<BothyServer> {
  const { world, folder } = options;
  const startedMs = world.clock.monotonicMs();
  const opened = createClosers();
  let closing: Promise<void> | undefined;
  try {
    const parts = await openParts(options);
    opened.add(() => parts.close());
    if (options.isReloading) warnOfNoScope(parts.pool.functions.values(), options.onProgress);
    const lan = options.lan && (await openLan(options, options.lan));
    const live = openLive({ world, engine: parts.engine, pool: parts.pool });
    opened.add(() => live.close());
    const sync = openSync({ ...parts, world, live, isDev: options.isReloading });
    const frontEnd = options.servesFrontEnd ? await frontEndOf(world.disk, options.projectFolder) : undefined;
    const metrics = openMetrics({
      ...parts,
      disk: world.disk,
      folder,
      version: options.version,
      live,
      sync,
      http: () => http.figures,
    });
    opened.add(() => metrics.close());
    const http: Http = await createHttp({
      ...parts,
      world,
      isAdminKey: (key) => parts.auth.isAdminKey(key),
      connect: (socket) => sync.connect(socket),
      frontEnd,
      allowedOrigins: options.allowedOrigins,
      metrics: { access: options.metricsAccess ?? "key", read: () => metrics.read() },
      ...(lan !== undefined && { lan: lan.routes }),
    });
    const listening = await listen(options, http);
    // Together: devices are told that the server stops before their sockets are closed, and no new one gets in meanwhile.
    opened.add(async () => {
      const { socketCloseCode } = errorCodes.shutting_down;
      const ports = [listening, ...(lan === undefined ? [] : [lan])];
      await Promise.all([sync.close(), ...ports.map((port) => port.close(socketCloseCode, "shutting_down"))]);
    });
    if (lan !== undefined && options.lan !== undefined) {
      const { httpsPort, onMoved } = options.lan;
      const { host, allowedOrigins } = options;
      const ports = { http: listening.port, https: httpsPort ?? (options.port === 0 ? 0 : listening.port + 1) };
      await lan.listen({ ports, host, answers: http, allowedOrigins, maxMessageBytes, onMoved });
    }
    const url = `http://${hostInUrl(options.host)}:${listening.port}`;
    opened.add(() => removeAddress(world.disk, folder));
    await writeAddress(world.disk, folder, { url });
    const start = {
      bothy: options.version,
      node: process.version,
      port: listening.port,
      version: parts.engine.version,
      functions: parts.pool.functions.size,
      ms: Math.round(world.clock.monotonicMs() - startedMs),
    };
    // Afterwards: the first line loads what writes lines.
    world.clock.soon(() => world.log.info("Bothy serves.", start));
    // Bundling is over until the next reload; its process need not wait for it.
    if (!options.isReloading) await stopBundler();
    return {
      url,
      port: listening.port,
      hasFrontEnd: frontEnd !== undefined,
      get lan() {
        return lan?.status;
      },
      admin: adminOf({ ...parts, world }),
      reload: createReload(options, { ...parts, sync }),
      close: () => (closing ??= closeAloud(world, opened.close)),
    };
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Closes, and says so. */
async function closeAloud({ log, clock }: World, close: () => Promise<void>): Promise<void> {
  const startMs = clock.monotonicMs();
  log.info("Bothy stops.");
  await close();
  log.info("Bothy has stopped.", { ms: Math.round(clock.monotonicMs() - startMs) });
}

function listen({ world, host, port, allowedOrigins }: ServerOptions, { respond, accept }: Http): Promise<Listening> {
  const answers = { respond, accept };
  return world.network.listen({
    ...(isLocalAddress(host) ? guardLocal(answers, allowedOrigins) : answers),
    host,
    port,
    maxMessageBytes,
  });
}

/** Opens the side to the local network, which is loaded only for those who ask for it. */
async function openLan(options: ServerOptions, { address }: LanServing): Promise<Lan> {
  const { Lan } = await import("../lan/index.ts");
  const { world, folder } = options;
  return await Lan.open({ world, folder, address, readNetwork: readLocalNetwork });
}

interface ReloadParts extends Pick<Parts, "pool" | "bundle" | "engine" | "skew"> {
  readonly sync: Pick<Sync, "takeSchema">;
}

/** Functions are swapped; with another schema in the very step in which it comes into force. Until then the old ones serve. */
function createReload(
  options: ServerOptions,
  { pool, bundle, engine, skew, sync }: ReloadParts,
): () => Promise<Reloaded> {
  let { path } = bundle;
  return async () => {
    const next = await bundleFunctions(buildOptionsOf(options));
    if (next === path) return "unchanged";
    const prepared = await pool.prepare(next);
    const schema = withSystemTables(prepared.schema);
    const app = appVersionOf(prepared);
    admitApp({ stranding: "warn", ...options }, engine, app);
    warnOfNoScope(prepared.functions, options.onProgress);
    if (isSameSchema(schema, engine.schema)) {
      prepared.take("drain");
      if (skew.take(app)) sync.takeSchema();
      path = next;
      return "functions";
    }
    const onTaken = (): void => {
      prepared.take("hand over");
      skew.take(app);
      sync.takeSchema();
    };
    try {
      await engine.changeSchema(schema, { onProgress: options.onProgress, onTaken });
    } catch (error) {
      prepared.discard();
      throw error;
    }
    path = next;
    return "schema and functions";
  };
}

async function frontEndOf(disk: Disk, projectFolder: string): Promise<string | undefined> {
  const folder = join(projectFolder, "dist");
  return (await disk.stat(join(folder, "index.html"))) ? folder : undefined;
}

function hostInUrl(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
