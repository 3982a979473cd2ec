import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { Duplex } from "node:stream";
import { assert, BothyError } from "bothy/internal";
import type { WebSocketServer } from "ws";
import { systemCode } from "./disk-error.ts";
import { tlsOptions } from "./tls-options.ts";
import { wrapSocket } from "./web-socket.ts";
import type { Listening, ListenRequest, Network, TlsCertificate } from "./world.ts";

// A client that sends its request slower than this is cut off, so that it cannot hold connections for ever.
const requestTimeoutMs = 30_000;
const timeoutCheckMs = 5_000;
/** How long a closing server waits for others to answer before it cuts them off. */
const closeGraceMs = 2_000;

/** Makes the network of the machine: HTTP/1.1 and WebSocket on one port, plain or over TLS. */
export function createNodeNetwork(): Network {
  return { listen };
}

async function listen(request: ListenRequest): Promise<Listening> {
  // Loaded when first needed: function processes and most commands never listen.
  const [{ getRequestListener }, { WebSocketServer }] = await Promise.all([import("@hono/node-server"), import("ws")]);
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: request.maxMessageBytes,
    perMessageDeflate: false,
    clientTracking: true,
  });
  const answer = getRequestListener((web, { incoming }) => request.respond(web, incoming.socket.remoteAddress ?? ""), {
    overrideGlobalObjects: false,
  });
  const unanswered = new Set<ServerResponse>();
  const opened = await openServer(request.tls, (incoming, outgoing) => {
    unanswered.add(outgoing);
    outgoing.once("close", () => unanswered.delete(outgoing));
    void answer(incoming, outgoing);
  });
  const { server } = opened;
  const connections = new Set<Duplex>();
  server.on("connection", (connection) => {
    connections.add(connection);
    connection.once("close", () => connections.delete(connection));
  });
  server.on("upgrade", (incoming, stream, head) => upgrade({ request, sockets, incoming, stream, head }));
  await bind(server, request);
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : request.port,
    setTls: opened.setTls,
    close: (code, reason) => closeServer({ server, sockets, unanswered, connections }, code, reason),
  };
}

interface OpenServer {
  readonly server: Server | TlsServer;
  readonly setTls: (tls: TlsCertificate) => void;
}

async function openServer(tls: TlsCertificate | undefined, answer: RequestListener): Promise<OpenServer> {
  const timeouts = {
    headersTimeout: requestTimeoutMs,
    requestTimeout: requestTimeoutMs,
    connectionsCheckingInterval: timeoutCheckMs,
  };
  if (tls === undefined) {
    return { server: createServer(timeouts, answer), setTls: () => assert(false, "a plain port shows no certificate") };
  }
  // Loaded when first needed: most deployments leave TLS to the proxy before them.
  const { createServer: createTlsServer } = await import("node:https");
  const server = createTlsServer({ ...timeouts, handshakeTimeout: requestTimeoutMs, ...tlsOptions(tls) }, answer);
  return { server, setTls: (next) => server.setSecureContext(tlsOptions(next)) };
}

function bind(server: Server | TlsServer, request: ListenRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(bindError(cause, request)));
    server.listen({ host: request.host, port: request.port }, () => {
      server.removeAllListeners("error");
      // Running out of descriptors is reported here; connections are refused until some are free again.
      server.on("error", () => undefined);
      resolve();
    });
  });
}

function bindError(cause: unknown, request: ListenRequest): BothyError {
  const where = `${request.host}:${request.port}`;
  switch (systemCode(cause)) {
    case "EADDRINUSE":
      return new BothyError("port_busy", {
        message: `Another program already listens on ${where}.`,
        fix: `Stop it, or choose another port (--port ${request.port + 1}).`,
        cause,
      });
    case "EACCES":
      return new BothyError("port_busy", {
        message: `This user may not listen on ${where}.`,
        fix: "Choose a port of 1024 or higher.",
        cause,
      });
    default:
      return new BothyError("config_invalid", {
        message: `Could not listen on ${where} (${systemCode(cause)}).`,
        fix: "Choose an address that this machine has, such as 127.0.0.1 or 0.0.0.0.",
        cause,
      });
  }
}

interface Upgrade {
  readonly request: ListenRequest;
  readonly sockets: WebSocketServer;
  readonly incoming: IncomingMessage;
  readonly stream: Duplex;
  readonly head: Buffer;
}

function upgrade({ request, sockets, incoming, stream, head }: Upgrade): void {
  // A connection that breaks before it is a socket concerns nobody.
  stream.on("error", () => undefined);
  const web = webRequest(incoming);
  if (web === undefined) return refuse(stream, 400, unreadable);
  const remoteAddress = incoming.socket.remoteAddress ?? "";
  const decision = request.accept(web, remoteAddress);
  if (decision.kind === "refused") return refuse(stream, decision.status, decision.json);
  sockets.handleUpgrade(incoming, stream, head, (socket) =>
    decision.onSocket(wrapSocket(socket, stream, remoteAddress)),
  );
}

function webRequest(incoming: IncomingMessage): Request | undefined {
  try {
    const headers = new Headers();
    for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
      headers.append(incoming.rawHeaders[i] ?? "", incoming.rawHeaders[i + 1] ?? "");
    }
    const scheme = "encrypted" in incoming.socket ? "https" : "http";
    return new Request(new URL(incoming.url ?? "/", `${scheme}://${incoming.headers.host ?? "localhost"}`), {
      headers,
    });
  } catch {
    return undefined;
  }
}

const unreadable = JSON.stringify({ error: { code: "frame_invalid", message: "The request cannot be read." } });

function refuse(stream: Duplex, status: number, json: string): void {
  const body = Buffer.from(json, "utf8");
  stream.end(
    `HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${body.length}\r\n\r\n${body.toString("utf8")}`,
    () => stream.destroy(),
  );
}

interface Open {
  readonly server: Server | TlsServer;
  readonly sockets: WebSocketServer;
  readonly unanswered: ReadonlySet<ServerResponse>;
  readonly connections: ReadonlySet<Duplex>;
}

async function closeServer(open: Open, code: number, reason: string): Promise<void> {
  const { server, sockets, unanswered, connections } = open;
  const stopped = new Promise<void>((resolve) => server.close(() => resolve()));
  const left = [...sockets.clients, ...unanswered].map(
    (one) => new Promise<void>((resolve) => one.once("close", () => resolve())),
  );
  for (const socket of sockets.clients) socket.close(code, reason);
  const cut = setTimeout(() => {
    for (const socket of sockets.clients) socket.terminate();
    server.closeAllConnections();
  }, closeGraceMs);
  await Promise.all(left);
  // Nothing is asked on those that remain: browsers keep some, and open others in advance.
  server.closeAllConnections();
  // The server does not count those that have not finished their TLS handshake, but waits for their end.
  for (const connection of connections) connection.destroy();
  await stopped;
  clearTimeout(cut);
}
