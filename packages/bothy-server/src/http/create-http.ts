import { Hono } from "hono";
import type { Context } from "hono";
import { routePath } from "hono/route";
import { BothyError, errorCodes, toWireError } from "bothy/internal";
import type { ListenRequest, Socket } from "../base/index.ts";
import { adminRoutes, errorResponse } from "./admin-routes.ts";
import type { AdminParts } from "./admin-routes.ts";
import { HttpFigures } from "./http-figures.ts";
import { checkMetricsAccess } from "./metrics-route.ts";
import type { MetricsAccess } from "./metrics-route.ts";
import { openStaticFiles } from "./static-files.ts";

/** What the network door serves and whom it asks. */
export interface HttpParts extends AdminParts {
  readonly connect: (socket: Socket) => void;
  /** Folder of the built front end; undefined when the app has none. */
  readonly frontEnd: string | undefined;
  readonly allowedOrigins: readonly string[];
  /** What the deployment tells about itself; absent where nobody asks. */
  readonly metrics?: MetricsParts;
  /** What a device of the local network asks before it trusts; absent where no such network is served. */
  readonly lan?: LanParts;
}

/** Routes for devices that do not trust the server yet: which, and what they are answered. */
export interface LanParts {
  readonly paths: readonly string[];
  readonly answer: (request: Request) => Response | undefined;
}

/** The metrics, and for whom they are. */
export interface MetricsParts {
  readonly access: MetricsAccess;
  readonly read: () => Promise<{ readonly contentType: string; readonly text: string }>;
}

/** The two answers that `Network.listen` asks for, and how often they were given. */
export type Http = Pick<ListenRequest, "respond" | "accept"> & { readonly figures: HttpFigures };

/** What a request is known by beside what it says itself. */
interface Environment {
  readonly Bindings: { readonly remoteAddress: string };
}

const syncPath = "/api/sync";
const switchingProtocols = 101;

/** Puts the routes of a deployment together. */
export async function createHttp(parts: HttpParts): Promise<Http> {
  const files = parts.frontEnd === undefined ? undefined : await openStaticFiles(parts.world.disk, parts.frontEnd);
  const { log, clock } = parts.world;
  const figures = new HttpFigures();
  const app = new Hono<Environment>();
  app.use(async (context, next) => {
    const startMs = clock.monotonicMs();
    await next();
    const [route, { status }] = [routePath(context), context.res];
    figures.add(route, status);
    const ms = Math.round(clock.monotonicMs() - startMs);
    log.debug("A request was answered.", { method: context.req.method, route, status, ms });
  });
  app.onError((error, context) => errorResponse(error, parts.world, context));
  app.get("/api/health", (context) =>
    context.json({ status: "ok", server: parts.engine.serverId, version: parts.engine.durableVersion }),
  );
  app.get("/api/metrics", (context) => answerMetrics(parts, context));
  app.route("/api/admin", adminRoutes(parts));
  for (const path of parts.lan?.paths ?? []) {
    app.get(path, (context, next) => parts.lan?.answer(context.req.raw) ?? next());
  }
  // An app asks where it is served over https; the answer may be "nowhere".
  if (parts.lan === undefined) app.get("/api/lan", (context) => context.json({ https: [] }));
  app.all("/api/*", (context) => {
    throw noSuchRoute(context);
  });
  app.get("*", async (context) => {
    const found = await files?.(context.req.path);
    if (found) return found;
    const text = parts.frontEnd === undefined ? "This deployment has no front end.\n" : "Not found.\n";
    return context.text(text, 404);
  });
  return {
    respond: (request, remoteAddress) => app.fetch(request, { remoteAddress }),
    accept: (request) => {
      const decision = acceptSocket(request, parts);
      figures.add(syncPath, decision.kind === "refused" ? decision.status : switchingProtocols);
      return decision;
    },
    figures,
  };
}

async function answerMetrics({ metrics, isAdminKey }: HttpParts, context: Context<Environment>): Promise<Response> {
  if (metrics === undefined) throw noSuchRoute(context);
  const { url, headers } = context.req.raw;
  const host = headers.get("host") ?? new URL(url).host;
  checkMetricsAccess({ headers, host, remoteAddress: context.env.remoteAddress }, metrics.access, isAdminKey);
  const { contentType, text } = await metrics.read();
  return new Response(text, { headers: { "content-type": contentType, "cache-control": "no-store" } });
}

function noSuchRoute({ req }: Context<Environment>): BothyError {
  return new BothyError("not_found", {
    message: `There is no such address for ${req.method}.`,
    fix: "Functions are called by POST /api/admin/run, devices connect to /api/sync.",
  });
}

function acceptSocket(request: Request, parts: HttpParts): ReturnType<ListenRequest["accept"]> {
  const url = new URL(request.url);
  if (url.pathname !== syncPath) return refused(notASocketPath());
  const origin = request.headers.get("origin");
  if (origin !== null && !isAllowedOrigin(origin, request, parts.allowedOrigins)) {
    return refused(originRefused());
  }
  return { kind: "accepted", onSocket: parts.connect };
}

function refused(error: BothyError): ReturnType<ListenRequest["accept"]> {
  return {
    kind: "refused",
    status: errorCodes[error.code].httpStatus,
    json: JSON.stringify({ error: toWireError(error) }),
  };
}

function notASocketPath(): BothyError {
  return new BothyError("not_found", {
    message: "No socket is opened at this address.",
    fix: `Open it at ${syncPath}.`,
  });
}

function originRefused(): BothyError {
  return new BothyError("origin_refused", {
    message: "A page of this origin may not open a socket here.",
    fix: "If it may, name its origin when the server starts: --allow-origin.",
  });
}

/** A page may connect to the host that it came from; other origins have to be named in the configuration. */
function isAllowedOrigin(origin: string, request: Request, allowed: readonly string[]): boolean {
  if (allowed.includes(origin)) return true;
  try {
    return new URL(origin).host === request.headers.get("host");
  } catch {
    // "null" and other origins that are no address.
    return false;
  }
}
