import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import { createRequire } from "node:module";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { freePort, makeFolder, type Deployment } from "../deployment.ts";
import {
  byTestId,
  editReport,
  factOf,
  goTo,
  shownReports,
  startFieldlog,
  visit,
  whenOffline,
  whenSynced,
} from "./fieldlog.ts";
import { openProfile, removeProfiles, type Profile } from "./profile.ts";

/** An address of this machine in a private network; another machine of the network would use it. */
const lanAddress = Object.values(networkInterfaces())
  .flatMap((ofInterface) => ofInterface ?? [])
  .find(
    ({ internal, address }) => !internal && /^(?:10|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.|^fd/u.test(address),
  )?.address;
const address = lanAddress ?? "127.0.0.1";
const host = address.includes(":") ? `[${address}]` : address;

let server: Deployment;
let folder: string;
let [httpPort, httpsPort] = [0, 0];

async function start(): Promise<void> {
  server = await startFieldlog({
    folder,
    port: httpPort,
    args: ["--seed", join(import.meta.dirname, "seed.mjs"), "--lan", address, "--https-port", String(httpsPort)],
  });
}

beforeAll(async () => {
  folder = await makeFolder();
  [httpPort, httpsPort] = [await freePort(), await freePort()];
  await start();
});
afterAll(async () => {
  await removeProfiles();
  await server.stop();
});

const httpsUrl = (): string => `https://${host}:${httpsPort}`;
const httpUrl = (): string => `http://${host}:${httpPort}`;

/** A browser that takes the server's certificate, as one does whose owner has installed the authority. */
function openTrusting(): Promise<Profile> {
  const { publicKey } = new X509Certificate(readFileSync(join(folder, "lan/server.pem")));
  const hash = createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
  return openProfile({
    args: [`--ignore-certificate-errors-spki-list=${hash}`],
    viewport: { width: 390, height: 844 },
  });
}

const abilities = (page: Page): Promise<unknown> =>
  page.evaluate(() => ({
    isSecure: window.isSecureContext,
    hasLocks: "locks" in navigator,
    hasServiceWorker: "serviceWorker" in navigator,
  }));

async function installabilityErrors({ context, page }: Profile): Promise<readonly string[]> {
  const session = await context.newCDPSession(page);
  const { installabilityErrors: errors } = await session.send("Page.getInstallabilityErrors");
  return errors.map(({ errorId }) => errorId);
}

test("[LN4] [LN7] on a device that trusts the server the app opens, works and syncs with the server stopped in between", async () => {
  const profile = await openTrusting();
  const { page } = profile;
  await visit(page, httpsUrl(), ["AAA"]);
  expect(await abilities(page)).toEqual({ isSecure: true, hasLocks: true, hasServiceWorker: true });
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await page.reload();
  await expect.poll(() => page.evaluate(() => navigator.serviceWorker.controller !== null)).toBe(true);
  expect(await installabilityErrors(profile)).toEqual([]);
  await whenSynced(page);
  const id = (await shownReports(page))[0]?.id ?? "";
  await server.stop();
  await page.reload();
  await byTestId(page, "report-row").first().waitFor();
  await whenOffline(page);
  await editReport(page, httpsUrl(), id, { costRepair: "4321" });
  await start();
  await whenSynced(page);
  expect(await server.run("shared/reports:get", { reportId: id })).toMatchObject({ costRepair: 4321 });
  expect(profile.errors).toEqual([]);
  await profile.close();
});

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

test("[LN11] the page that teaches trust stays while the device does not trust the server, and goes on to the app once it does", async () => {
  const stranger = await openProfile();
  await stranger.page.goto(`${httpUrl()}/lan`);
  await stranger.page.getByText("does not trust the server yet").waitFor();
  expect(stranger.page.url()).toBe(`${httpUrl()}/lan`);
  for (const colorScheme of ["light", "dark"] as const) {
    await stranger.page.emulateMedia({ colorScheme });
    await stranger.page.setViewportSize({ width: 390, height: 844 });
    expect(await stranger.page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    await stranger.page.evaluate(axe);
    expect(await stranger.page.evaluate("axe.run().then((found) => found.violations.map(({ id }) => id))")).toEqual([]);
  }
  await stranger.close();
  const trusting = await openTrusting();
  await trusting.page.goto(`${httpUrl()}/lan`);
  await trusting.page.waitForURL(`${httpsUrl()}/**`);
  expect(trusting.errors).toEqual([]);
  // Also with the app's service worker in between, the server's own page is the server's.
  await trusting.page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await trusting.page.goto(`${httpsUrl()}/lan`);
  await trusting.page.getByRole("heading", { name: "Trust this server, once" }).waitFor();
  await trusting.close();
});

/** Whether this machine has what puts an authority among those of a browser's user, and what forges certificates. */
const hasTools = ["certutil", "openssl"].every((tool) => {
  try {
    return execFileSync("which", [tool]).length > 0;
  } catch {
    return false;
  }
});

/** A certificate of the authority's own key for a name of the internet, as a thief of the key would make it. */
function forge(at: (file: string) => string): { readonly cert: Buffer; readonly key: Buffer } {
  const openssl = (...args: readonly string[]): unknown => execFileSync("openssl", args, { stdio: "pipe" });
  const authority = join(folder, "lan/authority.pem");
  writeFileSync(at("extensions"), "subjectAltName=DNS:bank.example\nextendedKeyUsage=serverAuth\n");
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", at("key.pem")];
  openssl("req", "-new", ...newKey, "-subj", "/CN=forged", "-out", at("request.pem"));
  const signer = ["-CA", authority, "-CAkey", authority, "-CAcreateserial", "-CAserial", at("serial")];
  openssl("x509", "-req", "-in", at("request.pem"), ...signer, "-extfile", at("extensions"), "-out", at("leaf.pem"));
  return { cert: readFileSync(at("leaf.pem")), key: readFileSync(at("key.pem")) };
}

test.skipIf(!hasTools)(
  "[LN1] [LN4] a browser whose user has installed the authority opens the announced places, and no bank that its key vouches for",
  async () => {
    const home = await makeFolder();
    const at = (file: string): string => join(home, file);
    mkdirSync(at(".pki/nssdb"), { recursive: true });
    const certutil = (...args: readonly string[]): unknown =>
      execFileSync("certutil", ["-d", `sql:${at(".pki/nssdb")}`, ...args], { stdio: "pipe" });
    writeFileSync(at("root.pem"), new X509Certificate(readFileSync(join(folder, "lan/authority.pem"))).toString());
    certutil("-N", "--empty-password");
    certutil("-A", "-t", "C,,", "-n", "authority", "-i", at("root.pem"));
    const bank = createServer(forge(at), (_request, response) => response.end("your money"));
    const bankPort = await freePort();
    await new Promise<void>((resolve) => bank.listen(bankPort, "127.0.0.1", resolve));
    const profile = await openProfile({ home, args: ["--host-resolver-rules=MAP bank.example 127.0.0.1"] });
    for (const url of [httpsUrl(), `https://localhost:${httpsPort}`]) {
      await profile.page.goto(`${url}/lan`);
      expect(await profile.page.title()).toBe("Trust this server");
    }
    await expect(profile.page.goto(`https://bank.example:${bankPort}/`)).rejects.toThrow(/ERR_CERT_INVALID/u);
    await profile.close();
    bank.close();
  },
);

test.skipIf(lanAddress === undefined)(
  "[LN7] over plain http in the network the app works while it is online",
  async () => {
    const { page, errors, close } = await openProfile({ viewport: { width: 390, height: 844 } });
    await visit(page, httpUrl(), ["AAA"]);
    expect(await abilities(page)).toEqual({ isSecure: false, hasLocks: false, hasServiceWorker: false });
    const id = (await shownReports(page))[1]?.id ?? "";
    await editReport(page, httpUrl(), id, { costOther: "77" });
    await whenSynced(page);
    expect(await server.run("shared/reports:get", { reportId: id })).toMatchObject({ costOther: 77 });
    await page.reload();
    await goTo(page, httpUrl(), `/reports/${id}`);
    await byTestId(page, "report").waitFor();
    expect(await factOf(page, "costOther")).toBe("$77");
    expect(errors).toEqual([]);
    await close();
  },
);
