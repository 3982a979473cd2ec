import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openSocket } from "../raw-socket.ts";
import type { SocketEnd } from "../raw-socket.ts";
import { openRaw, requestText, sendRaw } from "./raw-http.ts";
import type { RawAnswer } from "./raw-http.ts";
import { openScene } from "./scene.ts";
import type { Scene } from "./scene.ts";

const slowClients = 100;

let scene: Scene;
/** Connections that begin something and never finish it, open while all else is tested. */
let slow: Readonly<Record<string, readonly Promise<RawAnswer>[]>>;
let helloless: Promise<SocketEnd>;
beforeAll(async () => {
  scene = await openScene({ args: ["--allow-origin", "https://friend.example"] });
  const { url } = scene;
  const many = (bytes: string) => Array.from({ length: slowClients }, () => openRaw(url, bytes).answer);
  slow = {
    "half a request line": many("GET /api/hea"),
    "half a header": many(`GET /api/health HTTP/1.1\r\nhost: ${new URL(url).host}\r\nx-slow: a`),
    "half a body": many(runText({ "content-length": "1000" }, '{"name":"server:')),
    "half a body in chunks": many(runText({ "transfer-encoding": "chunked" }, "ff\r\n{")),
  };
  helloless = (await openSocket(url)).ended;
});
afterEach(() => scene.expectPeace());
afterAll(() => scene.close());

/** A call of a function with the admin key, as bytes. */
function runText(headers: Readonly<Record<string, string>>, body: string): string {
  const all = { authorization: `Bothy ${scene.adminKey}`, "content-type": "application/json", ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST /api/admin/run HTTP/1.1\r\nhost: ${new URL(scene.url).host}\r\n${lines.join("")}\r\n${body}`;
}

async function codeOfResponse(response: Response): Promise<unknown> {
  const answer: { readonly error?: { readonly code: string } } = await response.json();
  return answer.error?.code;
}

describe("[S22] a route that there is not is not_found:", () => {
  test.each([
    ["GET", "/api"],
    ["GET", "/api/"],
    ["GET", "/api/nothing"],
    ["POST", "/api/health"],
    ["DELETE", "/api/health"],
    ["GET", "/api/health/"],
    ["GET", "/api/sync"],
    ["POST", "/api/sync"],
    ["GET", "/api/__proto__"],
    ["GET", "/api/constructor"],
    ["GET", `/api/${"x".repeat(4_000)}`],
  ])("%s %s", async (method, path) => {
    const response = await fetch(scene.url + path, { method });
    expect([response.status, await codeOfResponse(response)]).toEqual([404, "not_found"]);
  });

  test("also for the holder of the admin key", async () => {
    const headers = { authorization: `Bothy ${scene.adminKey}` };
    const response = await fetch(`${scene.url}/api/admin/run`, { headers });
    expect([response.status, await codeOfResponse(response)]).toEqual([404, "not_found"]);
  });
});

describe("[S30] an admin key that is wrong is unauthorized:", () => {
  const expel = JSON.stringify({ name: "server:expel", args: { room: "control" } });

  test.each<[string, (key: string) => Record<string, string>]>([
    ["none", () => ({})],
    ["an empty one", () => ({ authorization: "" })],
    ["a scheme alone", () => ({ authorization: "Bothy " })],
    ["another scheme", (key) => ({ authorization: `Bearer ${key}` })],
    ["the key alone", (key) => ({ authorization: key })],
    ["half of it", (key) => ({ authorization: `Bothy ${key.slice(0, -1)}` })],
    ["more than it", (key) => ({ authorization: `Bothy ${key}0` })],
    ["another digit in it", (key) => ({ authorization: `Bothy ${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}` })],
    ["in capitals", (key) => ({ authorization: `Bothy ${key.toUpperCase()}` })],
    ["its place in another header", (key) => ({ "x-admin-key": key, cookie: `admin=${key}` })],
    ["a device's token", () => ({ authorization: `Bothy ${scene.bystander.profile.token}` })],
    ["8 KB", () => ({ authorization: `Bothy ${"x".repeat(8_000)}` })],
  ])("%s", async (_what, headersOf) => {
    const headers = { "content-type": "application/json", ...headersOf(scene.adminKey) };
    const response = await fetch(`${scene.url}/api/admin/run`, { method: "POST", headers, body: expel });
    expect([response.status, await codeOfResponse(response)]).toEqual([401, "unauthorized"]);
  });

  test.each([
    "/api/admin/run/",
    "/api/admin//run",
    "/api//admin/run",
    "//api/admin/run",
    "/api/./admin/run",
    "/api/health/../admin/run",
    "/api/admin/%72un",
    "/%61pi/admin/run",
    "/API/ADMIN/RUN",
    "/api/admin/run?key=x",
    "/api/admin/run%00",
    "/api/admin/run;x",
    "http://elsewhere.example/api/admin/run",
  ])("no other spelling of the address leads past it: %s", async (target) => {
    for (const method of ["POST", "PUT", "GET", "HEAD", "OPTIONS"]) {
      const headers = "content-type: application/json\r\nx-http-method-override: POST\r\ncontent-length: 0\r\n";
      const { status } = await sendRaw(scene.url, requestText(scene.url, target, { method, headers }));
      expect([401, 404]).toContain(status);
    }
  });

  test("[S11] pages of other origins are allowed nothing", async () => {
    for (const method of ["OPTIONS", "GET", "POST"]) {
      const headers = { origin: "http://evil.example", "access-control-request-method": "POST" };
      const response = await fetch(`${scene.url}/api/admin/run`, { method, headers });
      expect(response.status).toBe(401);
      expect([...response.headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
    }
  });
});

describe("[S16] a call whose body is wrong is refused by name:", () => {
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;

  test.each<[string, string | Uint8Array<ArrayBuffer>, Record<string, string>, number, string]>([
    ["nothing", "", {}, 400, "arguments_invalid"],
    ["no JSON", "{name}", {}, 400, "arguments_invalid"],
    ["no object", "[1]", {}, 400, "arguments_invalid"],
    ["null", "null", {}, 400, "arguments_invalid"],
    ["no name", '{"args":{}}', {}, 400, "arguments_invalid"],
    ["a name that is no text", '{"name":["server:allMessages"]}', {}, 400, "arguments_invalid"],
    ["another content type", '{"name":"server:count"}', { "content-type": "text/plain" }, 400, "arguments_invalid"],
    ["a form", "name=server:count", { "content-type": "application/x-www-form-urlencoded" }, 400, "arguments_invalid"],
    [
      "gzip",
      new Uint8Array(gzipSync('{"name":"server:count"}')),
      { "content-encoding": "gzip" },
      400,
      "arguments_invalid",
    ],
    ["bytes that are no UTF-8", new Uint8Array([0x22, 0xff, 0x22]), {}, 400, "arguments_invalid"],
    ["arguments nested without end", `{"name":"server:allMessages","args":${deep}}`, {}, 400, "arguments_invalid"],
    ["a name nested without end", `{"name":${deep}}`, {}, 400, "arguments_invalid"],
    [
      "arguments of a system function nested without end",
      `{"name":"_system/tables:isEmpty","args":${deep}}`,
      {},
      400,
      "arguments_invalid",
    ],
    [
      "arguments with a __proto__",
      '{"name":"server:allMessages","args":{"room":"x","__proto__":{}}}',
      {},
      400,
      "arguments_invalid",
    ],
    [
      "an encoding that there is not",
      '{"name":"server:allMessages","args":{"room":{"$x":1}}}',
      {},
      400,
      "arguments_invalid",
    ],
    [
      "the same for a system function",
      '{"name":"_system/tables:isEmpty","args":{"table":{"$x":1}}}',
      {},
      400,
      "arguments_invalid",
    ],
    [
      "a wrong argument of a system function",
      '{"name":"_system/tables:isEmpty","args":{"table":1}}',
      {},
      400,
      "arguments_invalid",
    ],
    [
      "a document that is none",
      '{"name":"_system/imports:write","args":{"id":"x","done":0,"table":"messages","documents":[1]}}',
      {},
      400,
      "arguments_invalid",
    ],
    [
      "a step of an import that there is not",
      '{"name":"_system/imports:write","args":{"id":"x","done":0,"table":"messages","documents":[]}}',
      {},
      400,
      "import_invalid",
    ],
    [
      "a table of the system",
      '{"name":"_system/imports:findTaken","args":{"table":"_users","ids":[]}}',
      {},
      404,
      "table_missing",
    ],
    [
      "a table that there is not",
      '{"name":"_system/tables:isEmpty","args":{"table":"constructor"}}',
      {},
      404,
      "table_missing",
    ],
    ["a system function that there is not", '{"name":"_system/../server:expel"}', {}, 404, "function_missing"],
    ["a function that there is not", '{"name":"server:nothing"}', {}, 404, "function_missing"],
    ["a function named __proto__", '{"name":"__proto__"}', {}, 404, "function_missing"],
    ["2 MiB and one byte", `{"name":"${"x".repeat(2_097_152)}"}`, {}, 413, "frame_too_large"],
    ["2 MiB in bytes, not in characters", `{"name":"${"é".repeat(1_048_576)}"}`, {}, 413, "frame_too_large"],
    ["64 MiB", `{"name":"${"x".repeat(67_108_864)}"}`, {}, 413, "frame_too_large"],
  ])("%s", async (_what, body, changes, status, code) => {
    const headers = { authorization: `Bothy ${scene.adminKey}`, "content-type": "application/json", ...changes };
    const response = await fetch(`${scene.url}/api/admin/run`, { method: "POST", headers, body });
    expect([response.status, await codeOfResponse(response)]).toEqual([status, code]);
  });

  test("[P11] a body without an end is frame_too_large long before the sender is through", async () => {
    const { stream, answer } = openRaw(scene.url, runText({ "transfer-encoding": "chunked" }, ""));
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const pour = (): void => {
      while (!stream.destroyed && stream.write(chunk));
    };
    stream.on("drain", pour);
    pour();
    const { status, text } = await answer;
    expect([status, text.includes("frame_too_large")]).toEqual([413, true]);
  });

  test("[P11] a body without an end from somebody without a key is not read at all", async () => {
    const text = `POST /api/admin/run HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n`;
    const { stream, answer } = openRaw(scene.url, text);
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    const pour = (): void => {
      while (!stream.destroyed && stream.write(chunk));
    };
    stream.on("drain", pour);
    pour();
    expect((await answer).status).toBe(401);
  });
});

describe("[S14] requests that HTTP itself forbids are refused and end their own connection:", () => {
  const head = "POST /api/admin/run HTTP/1.1\r\nhost: localhost\r\n";
  const smuggled = "GET /api/health HTTP/1.1\r\nhost: localhost\r\n\r\n";

  test.each([
    ["noise", "\u0000\u0001\u0002 noise\r\n\r\n", 400],
    ["TLS on a plain port", "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003", 400],
    ["an HTTP version that there is not", "GET / HTTP/9.9\r\nhost: localhost\r\n\r\n", 400],
    ["no host", "GET /api/health HTTP/1.1\r\n\r\n", 400],
    ["a host that is none", "GET /api/health HTTP/1.1\r\nhost: [\r\nconnection: close\r\n\r\n", 400],
    ["a host with a path", "GET /api/health HTTP/1.1\r\nhost: x/../y\r\nconnection: close\r\n\r\n", 400],
    ["a length and chunks", `${head}content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`, 400],
    ["two lengths", `${head}content-length: 0\r\ncontent-length: 40\r\n\r\n${smuggled}`, 400],
    ["a negative length", `${head}content-length: -1\r\n\r\n`, 400],
    ["an encoding that ends otherwise", `${head}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`, 400],
    ["a chunk whose size is no number", `${head}transfer-encoding: chunked\r\n\r\nzz\r\n`, undefined],
    ["a space before the colon", "GET / HTTP/1.1\r\nhost : x\r\n\r\n", 400],
    ["a header of 64 KB", `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${"x".repeat(65_536)}\r\n\r\n`, 431],
    ["ten thousand headers", `GET / HTTP/1.1\r\nhost: localhost\r\n${"x: y\r\n".repeat(10_000)}\r\n`, 431],
    ["a line that never ends", `GET /${"x".repeat(1_048_576)}`, 431],
  ])("%s", async (_what, bytes, status) => {
    const answer = await sendRaw(scene.url, bytes);
    if (status !== undefined) expect(answer.status).toBe(status);
    // Whatever was smuggled in is no request of its own.
    expect(answer.text).not.toContain('"status":"ok"');
  });
});

describe("[S11] [S12] [SY57] under a name that any website may have, nothing is answered:", () => {
  const ask = (host: string, head = "GET /api/health"): Promise<RawAnswer> =>
    sendRaw(scene.url, `${head} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  const upgradeAt = (host: string): string =>
    `GET /api/sync HTTP/1.1\r\nhost: ${host}\r\norigin: http://${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
    "sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

  test.each([
    "evil.example",
    "EVIL.example:3210",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evillocalhost",
    "127.0.0.1.",
    "0x7f000001",
    "app.example.evil.example",
  ])("%s", async (host) => {
    const { port } = new URL(scene.url);
    const name = host.includes(":") ? host : `${host}:${port}`;
    for (const head of ["GET /api/health", "GET /", "POST /api/admin/run"]) {
      const { status, text } = await ask(name, head);
      expect([head, status, text.includes('"origin_refused"')]).toEqual([head, 403, true]);
    }
    const socket = await sendRaw(scene.url, upgradeAt(name));
    expect([socket.status, socket.text.includes('"origin_refused"')]).toEqual([403, true]);
  });

  test("this machine, its addresses, and an allowed origin's name are answered", async () => {
    const { port } = new URL(scene.url);
    const names = [
      "localhost",
      "app.localhost",
      `LOCALHOST:${port}`,
      "127.0.0.1",
      "192.168.7.9:80",
      "[::1]:3210",
      "[fe80::1]",
    ];
    for (const host of [...names, "friend.example", "friend.example:8443", "Friend.Example"]) {
      expect([host, (await ask(host)).status]).toEqual([host, 200]);
    }
    expect((await ask("sub.friend.example")).status).toBe(403);
    // One that names none is not even a request.
    expect((await sendRaw(scene.url, "GET /api/health HTTP/1.0\r\n\r\n")).status).toBe(400);
  });
});

describe("[S12] a socket is refused by name", () => {
  const upgrade = (headers: string, path = "/api/sync"): Promise<RawAnswer> =>
    sendRaw(
      scene.url,
      `GET ${path} HTTP/1.1\r\nhost: ${new URL(scene.url).host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
        `sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n${headers}\r\n`,
    );

  test.each<[string, (host: string) => string]>([
    ["another", () => "http://evil.example"],
    ["one that begins like ours", (host) => `http://${host}.evil.example`],
    ["one that ends like ours", (host) => `http://evil.example.${host}`],
    ["one with ours as its path", (host) => `http://evil.example/${host}`],
    ["one with ours as its user", (host) => `http://${host}@evil.example`],
    ["another port", () => "http://127.0.0.1:1"],
    ["another name of this machine", (host) => `http://${host.replace("127.0.0.1", "localhost")}`],
    ["null", () => "null"],
    ["nothing", () => ""],
    ["a file", () => "file://"],
    ["two", (host) => `http://${host}, http://evil.example`],
  ])("for a page of an origin that is not ours: %s", async (_what, originOf) => {
    const { status, text } = await upgrade(`origin: ${originOf(new URL(scene.url).host)}\r\n`);
    expect([status, text.includes('"origin_refused"')]).toEqual([403, true]);
  });

  test.each(["/", "/api", "/api/sync/", "/api/sync/x", "/api/health", "/api/admin/run", "//api/sync", "/%61pi/sync"])(
    "at another address: %s",
    async (path) => {
      const { status, text } = await upgrade("", path);
      expect([status, text.includes('"not_found"')]).toEqual([404, true]);
    },
  );

  test("of a version that there is not", async () => {
    expect((await upgrade("sec-websocket-version: 99\r\n")).status).toBe(400);
  });

  test("a page of ours is let in", async () => {
    const { host } = new URL(scene.url);
    const { stream } = openRaw(
      scene.url,
      `GET /api/sync HTTP/1.1\r\nhost: ${host}\r\norigin: http://${host}\r\nconnection: upgrade\r\n` +
        "upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
    );
    const first = await new Promise<string>((resolve) =>
      stream.once("data", (piece: Buffer) => resolve(piece.toString())),
    );
    expect(first).toMatch(/^HTTP\/1\.1 101 /u);
    stream.destroy();
  });
});

describe("[P11] [S14] who begins and does not go on is ended, and costs nobody else anything:", () => {
  test.each(["half a request line", "half a header", "half a body", "half a body in chunks"])("%s", async (what) => {
    const answers = await Promise.all(slow[what] ?? []);
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: slowClients }, () => 408));
  });

  test("[SY1] a socket without a hello", async () => {
    expect(await helloless).toEqual({ closeCode: 1008, errorCode: "frame_invalid" });
  });
});
