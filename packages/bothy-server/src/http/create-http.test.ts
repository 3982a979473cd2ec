import { defineSchema, defineTable, v } from "bothy/internal";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createManualClock, createMemoryDisk, createSeededRandom } from "../base/index.ts";
import type { World } from "../base/index.ts";
import { openEngine } from "../engine/index.ts";
import type { Engine } from "../engine/index.ts";
import type { FunctionPool } from "../runtime/index.ts";
import { createHttp } from "./create-http.ts";
import type { Http } from "./create-http.ts";

const key = "bothy_the_key";
const logged: unknown[] = [];
let engine: Engine;
let http: Http;

function testWorld(): World {
  const nothing = (): never => {
    throw new Error("a test has no network and no processes");
  };
  const ignore = (): void => undefined;
  return {
    clock: createManualClock(),
    random: createSeededRandom(1),
    disk: createMemoryDisk(),
    network: { listen: nothing },
    processes: { spawn: nothing },
    log: { debug: ignore, info: ignore, warn: ignore, error: (_, fields) => void logged.push(fields) },
    die: nothing,
  };
}

const finished = { snapshot: 0, reads: [], hasReadIdentity: false };

/** Functions that answer at once; one of them shows a fault of Bothy. */
const pool: FunctionPool = {
  functions: new Map(
    (["query", "mutation", "scope"] as const).map((kind) => [
      `app:${kind}`,
      { name: `app:${kind}`, kind, visibility: "internal", version: "1", isShared: false },
    ]),
  ),
  call: async ({ name, args, mayCallInternal }) => {
    if (name === "app:broken") throw new Error("the secret cause");
    if (!pool.functions.has(name) || !mayCallInternal) {
      return { kind: "refused", error: { code: "function_missing", message: `There is no function "${name}".` } };
    }
    return { ...finished, kind: "returned", value: args, writes: [] };
  },
  load: () => Promise.resolve(),
  onReload: () => () => undefined,
  close: () => Promise.resolve(),
};

beforeAll(async () => {
  const world = testWorld();
  const schema = defineSchema({ notes: defineTable({ text: v.string() }) });
  engine = await openEngine({ world, folder: "/data", schema, store: "memory" });
  await world.disk.makeFolder("/app/assets");
  await world.disk.writeAtomic("/app/index.html", new TextEncoder().encode("<title>app</title>"));
  await world.disk.writeAtomic("/app/assets/a.js", new TextEncoder().encode("export {};"));
  await world.disk.writeAtomic("/secret", new TextEncoder().encode("secret"));
  http = await createHttp({
    world,
    engine,
    pool,
    isAdminKey: (given) => given === key,
    connect: () => undefined,
    frontEnd: "/app",
    allowedOrigins: ["https://friend.example"],
    metrics: {
      access: "key",
      read: () => Promise.resolve({ contentType: "text/plain; version=0.0.4", text: "a 1\n" }),
    },
  });
});
afterAll(() => engine.close());

async function ask(path: string, init: RequestInit = {}): Promise<{ status: number; text: string; headers: Headers }> {
  const response = await http.respond(new Request(`http://127.0.0.1:3210${path}`, init), "127.0.0.1");
  return { status: response.status, text: await response.text(), headers: response.headers };
}

function run(body: string, headers: Readonly<Record<string, string>> = {}): ReturnType<typeof ask> {
  const all = { authorization: `Bothy ${key}`, "content-type": "application/json", ...headers };
  return ask("/api/admin/run", { method: "POST", headers: all, body });
}

test.each([
  ["/api/health", 200, '"status":"ok"'],
  ["/api/nothing", 404, '"not_found"'],
  ["/api/admin/run", 401, '"unauthorized"'],
  ["/", 200, "<title>app</title>"],
  ["/reports/some-screen", 200, "<title>app</title>"],
  ["/assets/a.js", 200, "export {};"],
  ["/assets/b.js", 404, "Not found"],
  ["/../secret.txt", 404, "Not found"],
  ["/..%2fsecret.txt", 404, "Not found"],
  ["/%ff.js", 404, "Not found"],
])("GET %s answers %i", async (path, status, content) => {
  const answer = await ask(path);
  expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(content)]);
});

test("pages are asked for anew, assets with a hash in their name are kept, and neither runs foreign scripts", async () => {
  const [page, asset] = [await ask("/"), await ask("/assets/a.js")];
  expect(page.headers.get("cache-control")).toBe("no-cache");
  expect(asset.headers.get("cache-control")).toContain("immutable");
  for (const { headers } of [page, asset]) {
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toContain("default-src 'self'");
  }
});

test("a call by the admin reaches internal functions, and Bothy's own", async () => {
  expect(await run('{"name":"app:query","args":{"a":1}}')).toMatchObject({ status: 200, text: '{"value":{"a":1}}' });
  expect(await run('{"name":"app:mutation","args":{}}')).toMatchObject({ status: 200, text: '{"value":{}}' });
  expect(await run('{"name":"_system/tables:isEmpty","args":{"table":"notes"}}')).toMatchObject({
    status: 200,
    text: '{"value":true}',
  });
});

test.each([
  ["{}", {}, 200, '["done",'],
  ['{"tables":["notes"]}', {}, 200, '["table","notes"]'],
  ['{"tables":["nothing"]}', {}, 404, '"table_missing"'],
  ['{"tables":["notes","notes"]}', {}, 400, '"arguments_invalid"'],
  ['{"tables":"notes"}', {}, 400, '"arguments_invalid"'],
  ["{}", { authorization: "Bothy wrong" }, 401, '"unauthorized"'],
  ["{}", { authorization: "" }, 401, '"unauthorized"'],
])("[BK24] an export asked for by %s with %j answers %i", async (body, changes, status, content) => {
  const headers = { authorization: `Bothy ${key}`, "content-type": "application/json", ...changes };
  const answer = await ask("/api/admin/export", { method: "POST", headers, body });
  expect([answer.status, answer.text]).toEqual([status, expect.stringContaining(content)]);
});

test("[P11] [EN9] while more waits to be stored than can be held, calls that write are told to come again, and others run", async () => {
  let isOverloaded = true;
  Object.defineProperty(engine, "isOverloaded", { get: () => isOverloaded, configurable: true });
  const refused = await run(JSON.stringify({ name: "app:mutation", args: {} }));
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
  expect(JSON.parse(refused.text)).toMatchObject({ error: { code: "overloaded" } });
  expect((await run(JSON.stringify({ name: "app:query", args: {} }))).status).toBe(200);
  isOverloaded = false;
  expect((await run(JSON.stringify({ name: "app:mutation", args: {} }))).status).toBe(200);
});

test("[ME1] [ME2] the metrics are told to the holder of the admin key, and kept by nobody", async () => {
  expect((await ask("/api/metrics")).status).toBe(401);
  const { status, text, headers } = await ask("/api/metrics", { headers: { authorization: `Bearer ${key}` } });
  expect([status, text]).toEqual([200, "a 1\n"]);
  expect([headers.get("content-type"), headers.get("cache-control")]).toEqual([
    "text/plain; version=0.0.4",
    "no-store",
  ]);
});

test("[ME3] requests are counted by route, never by the address that was asked for", async () => {
  const secret = "canary-in-a-path";
  for (const path of [`/${secret}`, `/api/${secret}?${secret}`, `/api/health?${secret}`, `/api/admin/${secret}`])
    await ask(path);
  http.accept(new Request(`http://127.0.0.1:3210/api/sync/${secret}`), "127.0.0.1");
  const counted = [...http.figures.requests()].map(({ route, status }) => `${status} ${route}`);
  expect(counted).toEqual(expect.arrayContaining(["200 /*", "404 /api/*", "200 /api/health", "401 /api/admin/*"]));
  expect(counted.join()).not.toContain(secret);
});

test.each([
  ['{"name":"app:missing"}', {}, 404, "function_missing"],
  ['{"name":"app:scope"}', {}, 400, "function_wrong_kind"],
  ['{"name":"_system/nothing"}', {}, 404, "function_missing"],
  ['{"name":5}', {}, 400, "arguments_invalid"],
  ["[]", {}, 400, "arguments_invalid"],
  ["{", {}, 400, "arguments_invalid"],
  ['{"name":"app:query","args":{"$set":1}}', {}, 400, "arguments_invalid"],
  ['{"name":"app:query"}', { "content-type": "text/plain" }, 400, "arguments_invalid"],
  ['{"name":"app:query"}', { authorization: "Bothy wrong" }, 401, "unauthorized"],
  ['{"name":"app:query"}', { authorization: `Bearer ${key}` }, 401, "unauthorized"],
  [`{"name":"${"x".repeat(2_200_000)}"}`, {}, 413, "frame_too_large"],
])("a wrong call is refused by name: %.40s %j", async (body, headers, status, code) => {
  const answer = await run(body, headers);
  expect([answer.status, JSON.parse(answer.text)]).toMatchObject([status, { error: { code } }]);
});

test("[ME7] a fault of Bothy is told as an incident, and its cause to the log alone", async () => {
  const answer = await run('{"name":"app:broken"}');
  expect(answer.status).toBe(500);
  expect(answer.text).not.toContain("secret");
  const incident = /Incident ([0-9a-f]{12})/u.exec(answer.text)?.[1];
  const where = { method: "POST", route: "/api/admin/run" };
  expect(logged).toContainEqual({ incident, ...where, error: new Error("the secret cause") });
});

test.each([
  ["/api/sync", undefined, "accepted"],
  ["/api/sync", "http://127.0.0.1:3210", "accepted"],
  ["/api/sync", "https://friend.example", "accepted"],
  ["/api/sync", "https://stranger.example", "refused"],
  ["/api/sync", "http://127.0.0.1:9999", "refused"],
  ["/api/sync", "null", "refused"],
  ["/api/other", undefined, "refused"],
  ["/", undefined, "refused"],
])("a socket at %s from the origin %s is %s", (path, origin, kind) => {
  const headers = { host: "127.0.0.1:3210", ...(origin === undefined ? {} : { origin }) };
  const decision = http.accept(new Request(`http://127.0.0.1:3210${path}`, { headers }), "127.0.0.1");
  expect(decision.kind).toBe(kind);
});
