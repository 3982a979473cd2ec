import { Hono } from "hono";
import { routePath } from "hono/route";
import type { Context } from "hono";
import { BothyError, errorCodes, isBothyError, limits, toWireError } from "bothy/internal";
import type { Json, WireError } from "bothy/internal";
import { reportFault } from "../base/index.ts";
import type { World } from "../base/index.ts";
import { callFunction } from "./call-function.ts";
import type { CallParts } from "./call-function.ts";
import { exportResponse } from "./export-response.ts";

/** What the routes need from the layers below. */
export interface AdminParts extends CallParts {
  readonly isAdminKey: (key: string) => boolean;
}

/** Calls by the holder of the admin key: any function of the app, internal ones too, and Bothy's own. */
export function adminRoutes(parts: AdminParts): Hono {
  const routes = new Hono();
  routes.onError((error, context) => errorResponse(error, parts.world, context));
  routes.use(async (context, next) => {
    const [scheme, key] = (context.req.header("authorization") ?? "").split(" ");
    if (scheme !== "Bothy" || key === undefined || !parts.isAdminKey(key)) {
      throw new BothyError("unauthorized", {
        message: "This call needs the admin key of the deployment.",
        fix: 'Send it as "Authorization: Bothy <key>"; it lies in the file admin-key of the data folder.',
      });
    }
    await next();
  });
  routes.post("/run", async (context) => {
    const { name, args } = parseCall(await readBody(context));
    const answer = await callFunction(parts, name, args);
    return "error" in answer ? wireErrorResponse(answer.error) : context.json(answer);
  });
  routes.post("/export", async (context) => exportResponse(parts, parseTables(await readBody(context))));
  return routes;
}

/** Turns any error into an answer: what the caller did wrong by its code, a bug of ours as an incident. */
export function errorResponse(error: unknown, world: World, context: Context): Response {
  if (isBothyError(error) && error.code !== "internal") return wireErrorResponse(toWireError(error));
  const where = { method: context.req.method, route: routePath(context) };
  return wireErrorResponse(
    toWireError(error, reportFault(world, "A request failed by a fault of Bothy.", { error, ...where })),
  );
}

// What is refused for the moment may be asked again after this.
const retryAfterSeconds = 1;

function wireErrorResponse(error: WireError): Response {
  const { httpStatus, isRetried } = errorCodes[error.code];
  const headers = isRetried ? { "retry-after": String(retryAfterSeconds) } : {};
  return Response.json({ error }, { status: httpStatus, headers });
}

async function readBody(context: Context): Promise<unknown> {
  const type = context.req.header("content-type") ?? "";
  if (!type.startsWith("application/json")) {
    throw new BothyError("arguments_invalid", {
      message: "A call has the content type application/json, and this one has another.",
      fix: "Send the call as JSON.",
    });
  }
  const bytes = await readBytes(context.req.raw.body, limits.frameSizeBytes);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new BothyError("arguments_invalid", {
      message: "The call is no valid JSON.",
      fix: "Check its syntax.",
      cause,
    });
  }
}

/** Reads a body up to a size; of a longer one no more than that is ever held. */
async function readBytes(body: ReadableStream<Uint8Array> | null, sizeMax: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  try {
    for await (const piece of body ?? []) {
      sizeBytes += piece.length;
      if (sizeBytes > sizeMax) break;
      pieces.push(piece);
    }
  } catch (cause) {
    throw new BothyError("arguments_invalid", {
      message: "The connection ended before the whole call had come.",
      fix: "Send it again.",
      cause,
    });
  }
  if (sizeBytes <= sizeMax) return Buffer.concat(pieces);
  throw new BothyError("frame_too_large", {
    message: `A call has at most ${sizeMax} bytes; this one has more.`,
    fix: "Split it into several calls.",
  });
}

function parseTables(body: unknown): readonly string[] | undefined {
  const tables = typeof body === "object" && body !== null && "tables" in body ? body.tables : undefined;
  if (tables === undefined) return undefined;
  if (Array.isArray(tables) && tables.every((table) => typeof table === "string")) return tables;
  throw new BothyError("arguments_invalid", {
    message: "An export names its tables as a list of names.",
    fix: 'Send {"tables": ["reports"]}, or {} for all.',
  });
}

function parseCall(body: unknown): { readonly name: string; readonly args: Json } {
  if (typeof body === "object" && body !== null && "name" in body && typeof body.name === "string") {
    return { name: body.name, args: "args" in body ? (body.args as Json) : {} };
  }
  throw new BothyError("arguments_invalid", {
    message: "A call is an object with the name of a function and its args.",
    fix: 'Send {"name": "shared/reports:list", "args": {}}.',
  });
}
