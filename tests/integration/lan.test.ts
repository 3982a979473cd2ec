import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { join } from "node:path";
import { connect } from "node:tls";
import type { ConnectionOptions } from "node:tls";
import { createClient } from "bothy/client";
import type { BothyClient } from "bothy/client";
import { openMemoryStorage } from "bothy/storage/memory";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import WebSocket from "ws";
import { api } from "../app/bothy/_generated/api.js";
import { app } from "../app/bothy/_generated/client.js";
import { freePort, makeFolder, startDeployment } from "../deployment.ts";
import type { Deployment } from "../deployment.ts";
import { runBothy } from "./cli-process.ts";

/** An address of this machine alone that is not the one that plain http is served on anyway. */
const address = "127.0.0.2";

let server: Deployment;
let httpsPort: number;
/** The authority's certificate, as a device has it that trusts it. */
let ca: string;
const clients: BothyClient[] = [];

const lanArgs = (): readonly string[] => ["--lan", address, "--https-port", String(httpsPort)];
const certificateIn = (text: string): string => /-----BEGIN CERT[^]+END CERTIFICATE-----/u.exec(text)?.[0] ?? "";

beforeAll(async () => {
  httpsPort = await freePort();
  server = await startDeployment({ args: lanArgs() });
  ca = certificateIn(readFileSync(join(server.folder, "lan/authority.pem"), "utf8"));
});
afterAll(async () => {
  for (const client of clients) await client.close();
  await server.stop();
});

/** What a TLS connection comes to: its protocol, or why there is none. */
function handshake(options: ConnectionOptions): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: httpsPort, ca, ...options });
    socket.once("secureConnect", () => (resolve(String(socket.getProtocol())), socket.destroy()));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  });
}

function fetchSecurely(path: string): Promise<{ readonly text: string; readonly headers: object }> {
  return new Promise((resolve, reject) => {
    const request = get({ host: address, port: httpsPort, path, ca }, (response) => {
      let text = "";
      response.on("data", (piece: Buffer) => (text += piece.toString()));
      response.on("end", () => resolve({ text, headers: response.headers }));
    });
    request.once("error", reject);
  });
}

function openssl(...args: readonly string[]): string {
  try {
    return execFileSync("openssl", args, { encoding: "utf8", stdio: "pipe" });
  } catch (error) {
    return typeof error === "object" && error !== null && "stderr" in error ? String(error.stderr) : String(error);
  }
}

const hasOpenssl = openssl("version").startsWith("OpenSSL");

test("[LN4] who trusts the authority gets a verified connection to every announced place, and to no other", async () => {
  expect(await handshake({})).toBe("TLSv1.3");
  expect(await handshake({ host: "127.0.0.1" })).toBe("TLSv1.3");
  expect(await handshake({ servername: "localhost" })).toBe("TLSv1.3");
  // A name that leads here all the same, as in a page that wants to pass for this one.
  expect(await handshake({ servername: "elsewhere.local" })).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  expect(await handshake({ ca: [] })).toMatch(/UNABLE_TO_VERIFY|SELF_SIGNED/u);
});

test("[S36] [LN6] TLS before 1.2 and suites without forward secrecy or authenticated encryption are refused", async () => {
  expect(await handshake({ maxVersion: "TLSv1.2" })).toBe("TLSv1.2");
  for (const ciphers of ["ECDHE-ECDSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256"]) {
    expect(await handshake({ maxVersion: "TLSv1.2", ciphers })).toMatch(/HANDSHAKE_FAILURE/u);
  }
  const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
  expect(await handshake(old)).toMatch(/PROTOCOL_VERSION/u);
});

test("[LN6] [LN12] app and API are the same over https, and nothing is said that would lock plain http out", async () => {
  const { text, headers } = await fetchSecurely("/api/health");
  expect(JSON.parse(text)).toMatchObject({ status: "ok" });
  expect(Object.keys(headers)).not.toContain("strict-transport-security");
  const { https }: { https: string[] } = JSON.parse((await fetchSecurely("/api/lan")).text);
  expect(https[0]).toBe(`https://${address}:${httpsPort}`);
});

test("[LN7] plain http is served there on the server's own port, and as before on this machine", async () => {
  const port = Number(new URL(server.url).port);
  for (const host of [address, "127.0.0.1"]) {
    expect(await (await fetch(`http://${host}:${port}/api/health`)).json()).toMatchObject({ status: "ok" });
  }
  expect((await fetch(`http://${address}:${port}/lan`)).headers.get("content-type")).toContain("text/html");
});

test("[LN7] a client on Node syncs over wss with one over plain ws", async () => {
  const open = (url: string, options: object): BothyClient => {
    // `ws` offers what browsers do, with types of its own.
    class Trusting extends WebSocket {
      constructor(to: string) {
        super(to, options);
      }
    }
    const webSocket = Trusting as unknown as new (url: string) => globalThis.WebSocket;
    const client = createClient({ url, app, storage: openMemoryStorage(), webSocket });
    clients.push(client);
    return client;
  };
  const url = `https://${address}:${httpsPort}`;
  const [phone, other] = [open(url, { ca, origin: url }), open(server.url, {})];
  for (const client of [phone, other]) await client.mutate(api.shared.rooms.join, { room: "lan" }).server;
  await phone.mutate(api.shared.messages.send, { room: "lan", body: "from the phone" }).server;
  const view = other.query(api.shared.messages.list, { room: "lan" });
  await expect.poll(() => view.result.value?.map(({ body }) => body)).toEqual(["from the phone"]);
});

test.skipIf(!hasOpenssl)("[LN1] [LN4] OpenSSL takes the chain, strictly, for the announced places alone", async () => {
  const folder = await makeFolder();
  const [root, leaf] = [join(folder, "root.pem"), join(folder, "leaf.pem")];
  writeFileSync(root, ca);
  writeFileSync(leaf, certificateIn(readFileSync(join(server.folder, "lan/server.pem"), "utf8")));
  const verify = (...more: readonly string[]): string =>
    openssl("verify", "-x509_strict", "-purpose", "sslserver", "-CAfile", root, ...more, leaf);
  expect(verify("-verify_ip", address)).toContain("OK");
  expect(verify("-verify_hostname", "localhost")).toContain("OK");
  expect(verify("-verify_ip", "192.168.1.1")).toContain("IP address mismatch");
});

test.skipIf(!hasOpenssl).each(["DNS:bank.example", "IP:8.8.8.8", "DNS:local.example", "IP:172.32.0.1"])(
  "[LN1] a certificate that the authority's key signs for %s is worth nothing",
  async (name) => {
    const folder = await makeFolder();
    const at = (file: string): string => join(folder, file);
    const authority = join(server.folder, "lan/authority.pem");
    writeFileSync(at("root.pem"), ca);
    writeFileSync(at("extensions"), `subjectAltName=${name}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n`);
    const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at("key.pem")];
    openssl("req", "-new", ...newKey, "-subj", "/CN=forged", "-out", at("request.pem"));
    const signer = ["-CA", authority, "-CAkey", authority, "-CAcreateserial", "-CAserial", at("serial")];
    openssl("x509", "-req", "-in", at("request.pem"), ...signer, "-extfile", at("extensions"), "-out", at("leaf.pem"));
    expect(openssl("verify", "-CAfile", at("root.pem"), at("leaf.pem"))).toContain("permitted subtree violation");
  },
);

test("[S36] [LN2] folder and files are the owner's alone", () => {
  const mode = (...path: readonly string[]): string =>
    (statSync(join(server.folder, ...path)).mode & 0o777).toString(8);
  expect(mode("lan")).toBe("700");
  expect(readdirSync(join(server.folder, "lan"))).toEqual(["authority.pem", "server.pem"]);
  expect([mode("lan", "authority.pem"), mode("lan", "server.pem")]).toEqual(["600", "600"]);
});

test("[LN2] no key is in a backup, in an export or in what the server says", async () => {
  const folder = await makeFolder();
  const place = ["--folder", server.folder];
  expect((await runBothy(["backup", join(folder, "backup"), ...place])).code).toBe(0);
  const archive = join(folder, "export.zip");
  const project = join(import.meta.dirname, "../app");
  expect((await runBothy(["export", archive, "--project-dir", project, ...place])).code).toBe(0);
  const written = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => readFileSync(path));
  expect(written.length).toBeGreaterThan(2);
  const secrets = ["authority.pem", "server.pem"].map((name) => {
    const text = readFileSync(join(server.folder, "lan", name), "utf8");
    return /BEGIN PRIVATE KEY-----\n(.{64})/u.exec(text)?.[1] ?? "no key";
  });
  for (const secret of [...secrets, "PRIVATE KEY"]) {
    expect(server.output()).not.toContain(secret);
    for (const bytes of written) expect(bytes.includes(secret)).toBe(false);
  }
});

test("[LN3] [LN13] a second start shows the same authority, and a damaged one ends the start", async () => {
  const announced = (): { lan: { fingerprint: string; urls: string[]; trustUrl: string } } =>
    JSON.parse(/^\{"url".*$/mu.exec(server.output())?.[0] ?? "{}");
  const first = announced().lan;
  const port = Number(new URL(server.url).port);
  expect(first.urls[0]).toBe(`https://${address}:${httpsPort}`);
  expect(first.trustUrl).toBe(`http://${address}:${port}/lan`);
  expect(await server.stop()).toBe(0);
  server = await startDeployment({ folder: server.folder, port, args: lanArgs() });
  expect(announced().lan).toEqual(first);
  expect(await server.stop()).toBe(0);
  const path = join(server.folder, "lan/authority.pem");
  const whole = readFileSync(path, "utf8");
  writeFileSync(path, whole.replace("MI", "IM"));
  const project = join(import.meta.dirname, "../app");
  const start = ["start", "--json", "--project-dir", project, "--folder", server.folder, "--port", String(port)];
  const failed = await runBothy([...start, ...lanArgs()]);
  expect(failed.code).toBe(1);
  expect(JSON.parse(failed.stderr.trim().split("\n").at(-1) ?? "")).toMatchObject({
    error: { code: "folder_damaged" },
  });
  expect(readFileSync(path, "utf8")).toBe(whole.replace("MI", "IM"));
  writeFileSync(path, whole);
  server = await startDeployment({ folder: server.folder, port, args: lanArgs() });
});

test("[LN7] without --lan nothing of it is there: no folder, no page, no port, and the API says so", async () => {
  const plain = await startDeployment();
  expect(readdirSync(plain.folder)).not.toContain("lan");
  expect(await (await fetch(`${plain.url}/api/lan`)).json()).toEqual({ https: [] });
  expect((await fetch(`${plain.url}/lan`)).status).toBe(404);
  expect(plain.output()).not.toContain('"lan"');
  expect(await plain.stop()).toBe(0);
});

test("[LN7] what a start without --lan loads knows nothing of certificates and codes", async () => {
  const entry = join(import.meta.dirname, "../../packages/bothy-server/dist/cli/start.js");
  const { metafile } = await build({
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    packages: "external",
    metafile: true,
    write: false,
    outdir: await makeFolder(),
    logLevel: "silent",
  });
  const outputs = Object.entries(metafile.outputs);
  const first = outputs.find(([, { entryPoint }]) => entryPoint?.endsWith("cli/start.js"))?.[0] ?? "";
  const loaded = new Set([first]);
  // A set visits what is added to it on the way.
  for (const name of loaded) {
    for (const { path, kind } of metafile.outputs[name]?.imports ?? []) {
      if (kind === "import-statement") loaded.add(path);
    }
  }
  const files = [...loaded].flatMap((name) => [name, ...Object.keys(metafile.outputs[name]?.inputs ?? {})]);
  expect(files).toContainEqual(expect.stringMatching(/dist\/server\/open-server\.js$/u));
  expect(files.filter((name) => /dist\/lan\/|@peculiar|uqr/u.test(name))).toEqual([]);
});
