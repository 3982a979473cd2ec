import { connect } from "node:net";
import { expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { createNodeNetwork } from "./network.ts";
import type { Listening, ListenRequest, Socket } from "./world.ts";

const network = createNodeNetwork();

async function listen(request: Partial<ListenRequest> = {}): Promise<Listening & { readonly sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const listening = await network.listen({
    host: "127.0.0.1",
    port: 0,
    respond: (web, remoteAddress) => new Response(`${web.method} ${new URL(web.url).pathname} ${remoteAddress}`),
    accept: (web) =>
      web.headers.get("origin") === "http://evil"
        ? { kind: "refused", status: 403, json: "Not from there." }
        : { kind: "accepted", onSocket: (socket) => void sockets.push(socket) },
    maxMessageBytes: 1_000,
    ...request,
  });
  return { ...listening, sockets };
}

function open(port: number, headers: Record<string, string> = {}): WebSocket {
  return new WebSocket(`ws://127.0.0.1:${port}/sync`, { headers });
}

function closed(socket: WebSocket): Promise<number> {
  return new Promise((resolve) => socket.once("close", (code) => resolve(code)));
}

function opened(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("open", () => resolve());
    socket.once("error", reject);
  });
}

test("requests are answered and tell where they come from", async () => {
  const server = await listen();
  const response = await fetch(`http://127.0.0.1:${server.port}/path?x=1`, { method: "POST", body: "b" });
  expect(await response.text()).toBe("POST /path 127.0.0.1");
  await server.close(1001, "");
});

test("a port that is taken is port_busy and names the port", async () => {
  const server = await listen();
  await expect(listen({ port: server.port })).rejects.toMatchObject({
    code: "port_busy",
    message: expect.stringContaining(String(server.port)),
  });
  await server.close(1001, "");
  await (await listen({ port: server.port })).close(1001, "");
});

test("messages go both ways in order, given as text or as bytes made once", async () => {
  const server = await listen();
  const client = open(server.port);
  const received: string[] = [];
  client.on("message", (content: Buffer, isBinary) => received.push(`${String(isBinary)} ${content.toString()}`));
  await opened(client);
  const [socket] = server.sockets;
  const heard: (string | Uint8Array)[] = [];
  const drained = new Promise<void>((resolve) => socket?.onDrain(resolve));
  const third = new Promise<void>((resolve) => socket?.onMessage((message) => heard.push(message) === 3 && resolve()));
  socket?.send("ä");
  socket?.send(new TextEncoder().encode("bytes ß"));
  await drained;
  expect(socket?.bufferedBytes).toBe(0);
  for (const text of ["1", "zwei ü", "3"]) client.send(text);
  await third;
  expect(heard).toEqual(["1", "zwei ü", "3"]);
  const end = closed(client);
  socket?.close(4_002, `why ${"ü".repeat(200)}`);
  expect([await end, received]).toEqual([4_002, ["false ä", "false bytes ß"]]);
  await server.close(1001, "");
});

test("an upgrade that is refused gets the status and the text", async () => {
  const server = await listen();
  const client = open(server.port, { origin: "http://evil" });
  const status = await new Promise((resolve) =>
    client.once("unexpected-response", (_, response) => resolve(response.statusCode)),
  );
  expect([status, server.sockets]).toEqual([403, []]);
  await server.close(1001, "");
});

test("a message over the limit and broken text end that socket alone", async () => {
  const server = await listen();
  const bystander = open(server.port);
  await opened(bystander);
  const codes: number[] = [];
  for (const spoil of [
    (client: WebSocket) => client.send("x".repeat(1_001)),
    (client: WebSocket) => client.send(Buffer.from([0xff, 0xfe]), { binary: false }),
  ]) {
    const client = open(server.port);
    await opened(client);
    const end = closed(client);
    spoil(client);
    codes.push(await end);
  }
  expect(codes).toEqual([1009, 1007]);
  const echo = new Promise((resolve) => server.sockets[0]?.onMessage(resolve));
  bystander.send("still here");
  expect(await echo).toBe("still here");
  await server.close(1001, "");
});

test("a binary message arrives as bytes", async () => {
  const server = await listen();
  const client = open(server.port);
  await opened(client);
  const heard = new Promise((resolve) => server.sockets[0]?.onMessage(resolve));
  client.send(Buffer.from("x"), { binary: true });
  expect(await heard).toEqual(Buffer.from("x"));
  await server.close(1001, "");
});

test("[P11] what a socket sends that is not read waits at its client, and all of it comes once it is read again", async () => {
  const server = await listen({ maxMessageBytes: 2_000_000 });
  const client = open(server.port);
  await opened(client);
  let received = 0;
  server.sockets[0]?.onMessage(() => void received++);
  server.sockets[0]?.setReading(false);
  const text = "x".repeat(1_000_000);
  for (let i = 0; i < 24; i++) client.send(text);
  // Another socket's messages go through meanwhile.
  const other = open(server.port);
  await opened(other);
  const heard = new Promise((resolve) => server.sockets[1]?.onMessage(resolve));
  other.send("x");
  await heard;
  expect(received).toBe(0);
  expect(client.bufferedAmount).toBeGreaterThan(10_000_000);
  server.sockets[0]?.setReading(true);
  await vi.waitFor(() => expect(received).toBe(24), { timeout: 10_000 });
  await server.close(1001, "");
});

test("a request that cannot be read is refused and the server lives", async () => {
  const server = await listen();
  for (const text of [
    "nonsense\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: [\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n",
  ]) {
    const answer = await new Promise<string>((resolve) => {
      const raw = connect(server.port, "127.0.0.1", () => raw.write(text));
      let got = "";
      raw.on("data", (chunk: Buffer) => (got += chunk.toString()));
      raw.on("close", () => resolve(got));
    });
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  }
  expect((await fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(200);
  await server.close(1001, "");
});

test("closing ends every socket with the code and takes no more", async () => {
  const server = await listen();
  const client = open(server.port);
  await opened(client);
  const [end, told] = [closed(client), new Promise<number>((resolve) => server.sockets[0]?.onClose(resolve))];
  await server.close(1012, "restarting");
  expect([await end, await told]).toEqual([1012, 1012]);
  await expect(opened(open(server.port))).rejects.toThrow(/ECONNREFUSED/);
});

test("a connection on which nothing was asked, as browsers open them in advance, does not hold up the end", async () => {
  const server = await listen();
  const raw = connect(server.port, "127.0.0.1");
  const ended = new Promise<void>((resolve) => raw.once("close", () => resolve()));
  await new Promise<void>((resolve) => raw.once("connect", () => resolve()));
  // The server has taken it once it answers somebody who came later.
  await fetch(`http://127.0.0.1:${server.port}/`);
  // Time stands still, so nothing is waited for that only time would end.
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  await server.close(1001, "");
  vi.useRealTimers();
  await expect(ended).resolves.toBeUndefined();
});
