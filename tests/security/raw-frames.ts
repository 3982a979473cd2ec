import { randomBytes } from "node:crypto";
import { connect } from "node:net";

/** A connection upgraded to a WebSocket on which any bytes may be written. */
export interface RawConnection {
  write(bytes: Uint8Array): void;
  /** The code of the close frame that the server sends; undefined if it ends the connection without one. */
  readonly closeCode: Promise<number | undefined>;
}

/** Upgrades a connection by hand. */
export async function openRawConnection(url: string): Promise<RawConnection> {
  const { hostname, port, host } = new URL(url);
  const stream = connect(Number(port), hostname);
  stream.on("error", () => undefined);
  stream.write(
    `GET /api/sync HTTP/1.1\r\nhost: ${host}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
      `sec-websocket-version: 13\r\nsec-websocket-key: ${randomBytes(16).toString("base64")}\r\n\r\n`,
  );
  let arrived = Buffer.alloc(0);
  const upgraded = new Promise<void>((resolve) => {
    stream.on("data", (piece: Buffer) => {
      arrived = Buffer.concat([arrived, piece]);
      if (arrived.includes("\r\n\r\n")) resolve();
    });
  });
  const closeCode = new Promise<number | undefined>((resolve) => {
    const look = (): void => {
      const code = closeCodeIn(arrived.subarray(arrived.indexOf("\r\n\r\n") + 4));
      if (code === undefined) return;
      resolve(code);
      stream.destroy();
    };
    stream.on("data", look);
    stream.once("close", () => resolve(undefined));
  });
  await upgraded;
  return { write: (bytes) => void stream.write(bytes), closeCode };
}

/** A frame with a mask, a whole text unless the first byte says something else. */
export function textFrame(payload: Uint8Array, { firstByte = 0x81 } = {}): Buffer {
  const mask = randomBytes(4);
  const masked = Buffer.from(payload.map((byte, at) => byte ^ (mask[at % 4] ?? 0)));
  return Buffer.concat([Buffer.from([firstByte]), lengthOf(payload.length), mask, masked]);
}

function lengthOf(length: number): Buffer {
  if (length < 126) return Buffer.from([0x80 | length]);
  if (length < 65_536) return Buffer.from([0x80 | 126, length >> 8, length & 0xff]);
  const bytes = Buffer.alloc(9);
  bytes[0] = 0x80 | 127;
  bytes.writeBigUInt64BE(BigInt(length), 1);
  return bytes;
}

/** Walks through the frames that a server sends, which have no mask. */
function closeCodeIn(bytes: Buffer): number | undefined {
  for (let at = 0; at + 2 <= bytes.length;) {
    const short = (bytes[at + 1] ?? 0) & 0x7f;
    const headBytes = short === 126 ? 4 : short === 127 ? 10 : 2;
    if (at + headBytes > bytes.length) return undefined;
    const length =
      short === 126 ? bytes.readUInt16BE(at + 2) : short === 127 ? Number(bytes.readBigUInt64BE(at + 2)) : short;
    if ((bytes[at] ?? 0) === 0x88)
      return length >= 2 && at + headBytes + 2 <= bytes.length ? bytes.readUInt16BE(at + headBytes) : undefined;
    at += headBytes + length;
  }
  return undefined;
}
