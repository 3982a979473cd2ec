import { once } from "node:events";
import { connect as connectPlain } from "node:net";
import { connect } from "node:tls";
import type { TLSSocket } from "node:tls";
import { afterEach, expect, test } from "vitest";
import WebSocket from "ws";
import { createManualClock, createMemoryDisk, createNodeNetwork, createSystemRandom } from "../base/index.ts";
import type { Listening, Socket } from "../base/index.ts";
import { openAuthority } from "./authority.ts";
import type { Identity } from "./key-file.ts";
import { openServerCertificate } from "./server-certificate.ts";

const folder = "/lan";
let listening: Listening | undefined;
afterEach(async () => await listening?.close(1001, ""));

interface Scene {
  readonly authority: Identity;
  readonly port: number;
  readonly sockets: readonly Socket[];
  /** Makes another certificate and shows it. */
  renew(): Promise<void>;
}

async function openScene(): Promise<Scene> {
  const world = { clock: createManualClock(Date.now()), disk: createMemoryDisk(), random: createSystemRandom() };
  await world.disk.makeFolder(folder);
  const authority = await openAuthority(world, folder, "box");
  const certificate = async (addresses: readonly string[]): Promise<Identity> =>
    await openServerCertificate(world, { folder, authority, places: { addresses, name: undefined } });
  const sockets: Socket[] = [];
  const opened = await createNodeNetwork().listen({
    host: "127.0.0.1",
    port: 0,
    tls: await certificate(["10.0.0.1"]),
    respond: (request) => new Response(new URL(request.url).protocol),
    accept: () => ({ kind: "accepted", onSocket: (socket) => void sockets.push(socket) }),
    maxMessageBytes: 1_000,
  });
  listening = opened;
  const renew = async (): Promise<void> => opened.setTls(await certificate(["10.0.0.1", "10.0.0.2"]));
  return { authority, port: opened.port, sockets, renew };
}

async function open({ port, authority }: Scene): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, ca: authority.certificate });
  await once(socket, "secureConnect");
  return socket;
}

function namesSeenBy(socket: TLSSocket): string | undefined {
  const names = socket.getPeerX509Certificate()?.subjectAltName;
  socket.destroy();
  return names;
}

test("[LN5] a renewed certificate is shown to the next connection, and an open socket goes on", async () => {
  const scene = await openScene();
  const socket = new WebSocket(`wss://127.0.0.1:${scene.port}/`, { ca: scene.authority.certificate });
  await once(socket, "open");
  expect(namesSeenBy(await open(scene))).not.toContain("10.0.0.2");
  await scene.renew();
  expect(namesSeenBy(await open(scene))).toContain("10.0.0.2");
  const heard = once(socket, "message");
  scene.sockets[0]?.send("still here");
  expect(String((await heard)[0])).toBe("still here");
});

test("[LN6] a renewed certificate takes no older TLS than the first", async () => {
  const scene = await openScene();
  await scene.renew();
  const old = connect({
    host: "127.0.0.1",
    port: scene.port,
    ca: scene.authority.certificate,
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
    ciphers: "DEFAULT@SECLEVEL=0",
  });
  const [error] = await once(old, "error");
  expect(String(error)).toMatch(/protocol version/u);
});

test("who answers knows that a request came over TLS", async () => {
  const scene = await openScene();
  const socket = await open(scene);
  socket.write("GET / HTTP/1.1\r\nhost: box\r\nconnection: close\r\n\r\n");
  let text = "";
  for await (const piece of socket) text += String(piece);
  expect(text).toContain("https:");
});

test("plain HTTP on a TLS port is answered with nothing", async () => {
  const scene = await openScene();
  await expect(fetch(`http://127.0.0.1:${scene.port}/`)).rejects.toThrow();
});

// Less than the time after which such a connection is cut off by itself.
test(
  "a connection that never begins its handshake does not keep a port from closing",
  { timeout: 15_000 },
  async () => {
    const { port } = await openScene();
    const silent = connectPlain({ host: "127.0.0.1", port });
    await once(silent, "connect");
    // The server sees connections in their order: it has the silent one when this is answered.
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    const ended = once(silent, "close");
    await listening?.close(1001, "");
    listening = undefined;
    await ended;
  },
);
