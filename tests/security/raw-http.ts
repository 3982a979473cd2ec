import { connect } from "node:net";
import type { Socket } from "node:net";

/** What a server says on a connection, up to its end. */
export interface RawAnswer {
  /** Status of the first response; undefined if there was none. */
  readonly status: number | undefined;
  readonly text: string;
}

/** Opens a connection, sends the bytes as they are and resolves once the server has ended it. */
export function sendRaw(url: string, bytes: string | Uint8Array): Promise<RawAnswer> {
  return openRaw(url, bytes).answer;
}

/** A connection on which more may be sent. */
export interface RawHttp {
  readonly stream: Socket;
  readonly answer: Promise<RawAnswer>;
}

/** Opens a connection and sends the first bytes. */
export function openRaw(url: string, bytes: string | Uint8Array): RawHttp {
  const { hostname, port } = new URL(url);
  const stream = connect(Number(port), hostname);
  let text = "";
  stream.on("error", () => undefined);
  stream.on("data", (piece: Buffer) => (text += piece.toString("latin1")));
  stream.write(bytes);
  const answer = new Promise<RawAnswer>((resolve) => {
    stream.once("close", () => {
      const status = /^HTTP\/1\.1 (\d{3}) /u.exec(text)?.[1];
      resolve({ status: status === undefined ? undefined : Number(status), text });
    });
  });
  return { stream, answer };
}

/** A request without a body, after which the server is to end the connection. */
export function requestText(url: string, target: string, { method = "GET", headers = "" } = {}): string {
  return `${method} ${target} HTTP/1.1\r\nhost: ${new URL(url).host}\r\nconnection: close\r\n${headers}\r\n`;
}
