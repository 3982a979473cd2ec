import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePort, startDeployment } from "../deployment.ts";
import type { Deployment } from "../deployment.ts";
import { sendRaw } from "./raw-http.ts";

/** Of this machine alone, and not where plain http is served anyway. */
const address = "127.0.0.2";

let server: Deployment;
let httpPort: number;
let httpsPort: number;

beforeAll(async () => {
  [httpPort, httpsPort] = [await freePort(), await freePort()];
  const args = ["--lan", address, "--https-port", String(httpsPort), "--allow-origin", "https://friend.example"];
  server = await startDeployment({ port: httpPort, args });
});
afterAll(async () => {
  await server.stop();
});

/** Sends bytes over TLS; resolves with the first answer. */
function sendSecurely(bytes: string): Promise<string> {
  const ca = readFileSync(join(server.folder, "lan/authority.pem"));
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port: httpsPort, ca }, () => socket.write(bytes));
    let text = "";
    socket.on("data", (piece: Buffer) => {
      text += piece.toString("latin1");
      // A socket that was opened does not end by itself.
      if (text.startsWith("HTTP/1.1 101")) socket.destroy();
    });
    socket.once("close", () => resolve(text));
    socket.once("error", reject);
  });
}

const ask = (host: string): string => `GET /api/health HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`;
const upgrade = (host: string, origin: string): string =>
  `GET /api/sync HTTP/1.1\r\nhost: ${host}\r\norigin: ${origin}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
  "sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

/** Names that a page of elsewhere may make a browser of this network send, and those that only look like ours. */
const forged = (port: number): readonly string[] => [
  `evil.example:${port}`,
  `${address}.evil.example:${port}`,
  `evil.example`,
  address,
  `${address}:1`,
  `127.0.0.3:${port}`,
  `0.0.0.0:${port}`,
  `2130706434:${port}`,
  `0x7f.0.0.2:${port}`,
  `${address}.:${port}`,
  `user@${address}:${port}`,
  `evil.local:${port}`,
];

describe("[S11] [LN9] a request under a name that was not announced is refused, page, API and admin alike", () => {
  test("over plain http", async () => {
    const url = `http://${address}:${httpPort}`;
    expect((await sendRaw(url, ask(`${address}:${httpPort}`))).status).toBe(200);
    for (const host of [...forged(httpPort), `localhost:${httpPort}`]) {
      const { status, text } = await sendRaw(url, ask(host));
      expect([host, status]).toEqual([host, expect.toSatisfy((one: number) => one === 403 || one === 400)]);
      expect(text).not.toContain('"ok"');
    }
  });

  test("over https", async () => {
    expect(await sendSecurely(ask(`${address}:${httpsPort}`))).toContain('"ok"');
    for (const host of forged(httpsPort)) {
      const text = await sendSecurely(ask(host));
      expect([host, text]).toEqual([host, expect.stringMatching(/^HTTP\/1\.1 40[03] /u)]);
      expect(text).not.toContain('"ok"');
    }
  });
});

describe("[S12] [LN9] a socket is opened for pages of the very origin, and of those that are named", () => {
  test("over https", async () => {
    const host = `${address}:${httpsPort}`;
    for (const origin of [`https://${host}`, "https://friend.example"]) {
      expect(await sendSecurely(upgrade(host, origin))).toMatch(/^HTTP\/1\.1 101 /u);
    }
    for (const origin of [
      `http://${host}`,
      `https://${address}:${httpPort}`,
      `http://${address}:${httpPort}`,
      `https://localhost:${httpsPort}`,
      "https://evil.example",
      `https://${host}.evil.example`,
      "http://friend.example",
      "null",
      "",
    ]) {
      const text = await sendSecurely(upgrade(host, origin));
      expect([origin, text]).toEqual([origin, expect.stringContaining('"origin_refused"')]);
    }
    // A page under a name of its own that leads here: host and origin agree, and neither is ours.
    const text = await sendSecurely(upgrade(`evil.example:${httpsPort}`, `https://evil.example:${httpsPort}`));
    expect(text).toContain('"origin_refused"');
  });

  test("over plain http", async () => {
    const url = `http://${address}:${httpPort}`;
    const evil = `evil.example:${httpPort}`;
    expect((await sendRaw(url, upgrade(evil, `http://${evil}`))).text).toContain('"origin_refused"');
    expect((await sendRaw(url, upgrade(`${address}:${httpPort}`, `https://${address}:${httpPort}`))).text).toContain(
      '"origin_refused"',
    );
  });
});

test("[S32] the pages that need no trust hold no secret", async () => {
  const authority = readFileSync(join(server.folder, "lan/authority.pem"), "utf8");
  const secret = /BEGIN PRIVATE KEY-----\n(.{64})/u.exec(authority)?.[1] ?? "no key";
  const folder = encodeURIComponent("../lan/authority.pem");
  for (const path of ["/lan", "/lan/authority.crt", "/api/lan", "/lan/authority.pem", `/lan/${folder}`, "/lan/"]) {
    const text = await (await fetch(`http://${address}:${httpPort}${path}`)).text();
    expect(text).not.toContain(secret);
    expect(text).not.toContain("PRIVATE KEY");
    expect(text).not.toContain(server.folder);
  }
});
