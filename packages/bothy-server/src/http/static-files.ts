import { join } from "node:path";
import type { Disk } from "../base/index.ts";

/** Answers requests for the built front end; undefined when the path names no file of it. */
export type StaticFiles = (path: string) => Promise<Response | undefined>;

const contentTypes: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  csv: "text/csv; charset=utf-8",
  html: "text/html; charset=utf-8",
  ico: "image/x-icon",
  jpg: "image/jpeg",
  js: "text/javascript; charset=utf-8",
  json: "application/json; charset=utf-8",
  map: "application/json; charset=utf-8",
  mjs: "text/javascript; charset=utf-8",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
  wasm: "application/wasm",
  webmanifest: "application/manifest+json; charset=utf-8",
  webp: "image/webp",
  woff2: "font/woff2",
};

/** Scripts and styles of the same origin only, no framing, no plugins; sockets to the same host. */
const securityHeaders: Readonly<Record<string, string>> = {
  "content-security-policy":
    "default-src 'self'; connect-src 'self' ws: wss:; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; " +
    "object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
};

/** Depth to which a front end's folder is read; deeper files are not served. */
const depthMax = 16;

/**
 * Serves a folder as it was listed when the server started: a request is looked up in that list and never becomes a
 * path, so nothing outside the folder can be named.
 */
export async function openStaticFiles(disk: Disk, folder: string): Promise<StaticFiles> {
  const pathByName = await listFiles(disk, folder, "", depthMax);
  return async (path) => {
    const name = fileName(path, pathByName);
    const file = name === undefined ? undefined : pathByName.get(name);
    const bytes = file === undefined ? undefined : await disk.read(file);
    if (name === undefined || bytes === undefined) return undefined;
    return new Response(new Uint8Array(bytes), { headers: headersOf(name) });
  };
}

async function listFiles(disk: Disk, folder: string, prefix: string, depth: number): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  if (depth === 0) return found;
  for (const name of await disk.list(folder)) {
    const path = join(folder, name);
    const status = await disk.stat(path);
    if (!status) continue;
    if (!status.isFolder) found.set(`${prefix}/${name}`, path);
    else for (const [inner, at] of await listFiles(disk, path, `${prefix}/${name}`, depth - 1)) found.set(inner, at);
  }
  return found;
}

/** A path without a file extension is a screen of the app: it is answered with the app's page. */
function fileName(path: string, pathByName: ReadonlyMap<string, string>): string | undefined {
  let name: string;
  try {
    name = decodeURIComponent(path);
  } catch {
    // Not a name that any file has.
    return undefined;
  }
  if (pathByName.has(name)) return name;
  const isScreen = !name.slice(name.lastIndexOf("/")).includes(".");
  return isScreen && pathByName.has("/index.html") ? "/index.html" : undefined;
}

function headersOf(name: string): Record<string, string> {
  const extension = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  // Built assets carry a hash of their content in their name; everything else is asked for anew.
  const isHashed = name.startsWith("/assets/");
  return {
    ...securityHeaders,
    "content-type": contentTypes[extension] ?? "application/octet-stream",
    "cache-control": isHashed ? "public, max-age=31536000, immutable" : "no-cache",
  };
}
