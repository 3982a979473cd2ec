import { BothyError } from "bothy/internal";
import { beforeEach, expect, test } from "vitest";
import { createManualClock, createMemoryDisk, createSeededRandom } from "../base/index.ts";
import type { Listening, ListenRequest, LocalNetwork, ManualClock, World } from "../base/index.ts";
import { Lan, lookEveryMs } from "./open-lan.ts";
import type { LanStatus } from "./open-lan.ts";

const dayMs = 86_400_000;

/** A port that a test looks into. */
interface Port {
  readonly request: ListenRequest;
  certificate: string | undefined;
}

let clock: ManualClock;
let network: LocalNetwork;
let ports: Map<string, Port>;
let busy: Set<string>;
let moves: LanStatus[];
let world: Pick<World, "clock" | "random" | "disk" | "network" | "log">;

beforeEach(() => {
  clock = createManualClock();
  network = { hostName: "box", addresses: ["192.168.1.5", "fd00::7"], routed: "192.168.1.5" };
  ports = new Map();
  busy = new Set();
  moves = [];
  const ignore = (): void => undefined;
  world = {
    clock,
    random: createSeededRandom(1),
    disk: createMemoryDisk(),
    network: { listen: listenFor },
    log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
  };
});

async function listenFor(request: ListenRequest): Promise<Listening> {
  const place = `${request.host} ${request.port}`;
  if (busy.has(place)) throw new BothyError("port_busy", { message: `Another program listens on ${place}.` });
  const port: Port = { request, certificate: request.tls?.certificate };
  ports.set(place, port);
  return {
    port: request.port,
    setTls: ({ certificate }) => void (port.certificate = certificate),
    close: async () => void ports.delete(place),
  };
}

async function openLan(address?: string): Promise<Lan> {
  const lan = await Lan.open({ world, folder: "/d", address, readNetwork: async () => network });
  await lan.listen({
    ports: { http: 3210, https: 3211 },
    host: "127.0.0.1",
    answers: {
      respond: (request) => lan.routes.answer(request) ?? new Response("the app"),
      accept: () => ({ kind: "accepted", onSocket: () => undefined }),
    },
    allowedOrigins: ["https://elsewhere.example"],
    maxMessageBytes: 1,
    onMoved: (status) => void moves.push(status),
  });
  return lan;
}

/** Moves the clock to the next look at the network and waits until it is through. */
async function look(byMs = lookEveryMs): Promise<void> {
  const before = clock.pendingCount;
  clock.advance(byMs);
  await expect.poll(() => clock.pendingCount).toBe(before);
}

function portAt(place: string): Port {
  const port = ports.get(place);
  if (port === undefined) throw new Error(`nobody listens on ${place}`);
  return port;
}

async function ask(place: string, host: string, path = "/"): Promise<Response> {
  const scheme = portAt(place).certificate === undefined ? "http" : "https";
  const request = new Request(`${scheme}://test${path}`, { headers: { host } });
  return await portAt(place).request.respond(request, "192.168.1.9");
}

test("[LN7] every private address is served over https and plain http, and this machine over https", async () => {
  const lan = await openLan();
  expect([...ports.keys()].toSorted()).toEqual([
    "127.0.0.1 3211",
    "192.168.1.5 3210",
    "192.168.1.5 3211",
    "fd00::7 3210",
    "fd00::7 3211",
  ]);
  expect([...ports.values()].filter(({ certificate }) => certificate !== undefined)).toHaveLength(3);
  expect(lan.status).toMatchObject({
    urls: ["https://192.168.1.5:3211", "https://[fd00::7]:3211", "https://box.local:3211"],
    trustUrl: "http://192.168.1.5:3210/lan",
  });
});

test("[LN7] an address that is named is the only one", async () => {
  await openLan("fd00::7");
  expect([...ports.keys()].toSorted()).toEqual(["127.0.0.1 3211", "fd00::7 3210", "fd00::7 3211"]);
});

test("[LN8] a taken port ends the start with what to do, and leaves nothing open", async () => {
  busy.add("fd00::7 3211");
  await expect(openLan()).rejects.toMatchObject({ code: "port_busy", fix: expect.stringContaining("--https-port") });
  expect(ports.size).toBe(0);
  expect(clock.pendingCount).toBe(0);
});

test.each([
  ["192.168.1.5 3211", "192.168.1.5:3211", 200],
  ["192.168.1.5 3211", "BOX.local:3211", 200],
  ["192.168.1.5 3211", "localhost:3211", 200],
  ["192.168.1.5 3211", "[fd00::7]:3211", 200],
  ["192.168.1.5 3211", "192.168.1.5:3210", 403],
  ["192.168.1.5 3211", "192.168.1.5", 403],
  ["192.168.1.5 3211", "192.168.1.6:3211", 403],
  ["192.168.1.5 3211", "evil.example:3211", 403],
  ["192.168.1.5 3211", "box.local.evil.example:3211", 403],
  ["192.168.1.5 3211", "", 403],
  ["192.168.1.5 3210", "192.168.1.5:3210", 200],
  ["192.168.1.5 3210", "box.local:3210", 200],
  ["192.168.1.5 3210", "localhost:3210", 403],
  ["192.168.1.5 3210", "evil.example:3210", 403],
])("[LN9] at %s a request to %j is answered with %i", async (place, host, status) => {
  await openLan();
  const answer = await ask(place, host);
  expect(answer.status).toBe(status);
  if (status === 403) expect(await answer.json()).toMatchObject({ error: { code: "origin_refused" } });
});

test.each([
  ["https://192.168.1.5:3211", "accepted"],
  [null, "accepted"],
  ["https://elsewhere.example", "accepted"],
  ["http://192.168.1.5:3211", "refused"],
  ["null", "refused"],
])("[LN9] a page of %s may open a socket: %s", async (origin, kind) => {
  await openLan();
  const headers = { host: "192.168.1.5:3211", ...(origin !== null && { origin }) };
  const request = new Request("https://test/api/sync", { headers });
  expect(portAt("192.168.1.5 3211").request.accept(request, "").kind).toBe(kind);
});

test("[LN10] in another network the old address is given up, the new one served and told", async () => {
  const lan = await openLan();
  network = { hostName: "box", addresses: ["10.0.0.9"], routed: "10.0.0.9" };
  await look();
  expect([...ports.keys()].toSorted()).toEqual(["10.0.0.9 3210", "10.0.0.9 3211", "127.0.0.1 3211"]);
  expect(moves).toEqual([lan.status]);
  expect(lan.status.urls).toEqual(["https://10.0.0.9:3211", "https://box.local:3211"]);
  expect((await ask("10.0.0.9 3211", "10.0.0.9:3211")).status).toBe(200);
  expect((await ask("127.0.0.1 3211", "192.168.1.5:3211")).status).toBe(403);
  // The port that stayed open shows the certificate of the new address.
  expect(portAt("127.0.0.1 3211").certificate).toBe(portAt("10.0.0.9 3211").certificate);
});

test("[LN10] between two networks everything stays as it is", async () => {
  await openLan();
  const before = [...ports.keys()];
  network = { hostName: "box", addresses: [], routed: undefined };
  await look();
  expect([[...ports.keys()], moves]).toEqual([before, []]);
});

test("[LN10] an address that can't be listened on yet is tried again, and told when it is served", async () => {
  const lan = await openLan();
  busy.add("10.0.0.9 3211");
  network = { ...network, addresses: [...network.addresses, "10.0.0.9"] };
  await look();
  expect([ports.has("10.0.0.9 3211"), moves]).toEqual([false, []]);
  busy.clear();
  await look();
  expect(ports.has("10.0.0.9 3211")).toBe(true);
  expect(moves).toEqual([lan.status]);
  await look();
  expect(moves).toHaveLength(1);
});

test("[LN5] a running server shows another certificate before the first one ends", async () => {
  await openLan();
  const first = portAt("192.168.1.5 3211").certificate;
  await look(300 * dayMs);
  expect(portAt("192.168.1.5 3211").certificate).toBe(first);
  await look(70 * dayMs);
  expect(portAt("192.168.1.5 3211").certificate).not.toBe(first);
});

test("a closed one looks at nothing any more", async () => {
  const lan = await openLan();
  await lan.close(1012, "bye");
  expect([ports.size, clock.pendingCount]).toEqual([0, 0]);
});

test("[LN12] an app is told where it is served over https, at its own host first", async () => {
  await openLan();
  const urls = async (place: string, host: string): Promise<unknown> => (await ask(place, host, "/api/lan")).json();
  expect(await urls("192.168.1.5 3210", "192.168.1.5:3210")).toEqual({
    https: ["https://192.168.1.5:3211", "https://[fd00::7]:3211", "https://box.local:3211"],
  });
  expect(await urls("192.168.1.5 3210", "box.local:3210")).toEqual({
    https: ["https://box.local:3211", "https://192.168.1.5:3211", "https://[fd00::7]:3211"],
  });
});

test("[LN11] the page has the steps of the device that asks first, the fingerprint, and the way to the app at its own host", async () => {
  const lan = await openLan();
  const page = async (userAgent: string): Promise<string> => {
    const request = new Request("http://test/lan", { headers: { host: "box.local:3210", "user-agent": userAgent } });
    return (await portAt("192.168.1.5 3210").request.respond(request, "")).text();
  };
  const iphone = await page("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)");
  expect(/<details data-kind="(\w+)" open>/u.exec(iphone)?.[1]).toBe("ios");
  expect(iphone.match(/<details data-kind="(\w+)"/gu)).toHaveLength(6);
  expect(iphone).toContain('<a class="go" href="https://box.local:3211/">');
  expect(iphone).toContain(lan.status.fingerprint.replaceAll(":", " "));
  expect(/<details data-kind="(\w+)" open>/u.exec(await page("Mozilla/5.0 (Linux; Android 15)"))?.[1]).toBe("android");
});

test("[LN11] page and certificate load nothing from elsewhere, and the certificate is the authority's", async () => {
  const lan = await openLan();
  const page = await ask("192.168.1.5 3210", "192.168.1.5:3210", "/lan");
  const policy = page.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe|http:/u);
  expect(await page.text()).not.toMatch(/src="|@import|url\(/u);
  const file = await ask("192.168.1.5 3210", "192.168.1.5:3210", "/lan/authority.crt");
  expect(file.headers.get("content-type")).toBe("application/x-x509-ca-cert");
  const digest = Buffer.from(await crypto.subtle.digest("SHA-256", await file.arrayBuffer())).toString("hex");
  expect(digest).toBe(lan.status.fingerprint.replaceAll(":", "").toLowerCase());
});
