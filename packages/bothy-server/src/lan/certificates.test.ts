import { X509Certificate } from "node:crypto";
import { beforeEach, expect, test } from "vitest";
import { createManualClock, createMemoryDisk, createSeededRandom } from "../base/index.ts";
import type { ManualClock, MemoryDisk } from "../base/index.ts";
import { openAuthority } from "./authority.ts";
import type { CertificateWorld } from "./authority.ts";
import type { Identity } from "./key-file.ts";
import type { LanPlaces } from "./lan-places.ts";
import { openServerCertificate } from "./server-certificate.ts";

const dayMs = 86_400_000;
const folder = "/lan";
const home: LanPlaces = { addresses: ["192.168.1.5", "fd00::7"], name: "box.local" };

let clock: ManualClock;
let disk: MemoryDisk;
let world: CertificateWorld;

beforeEach(async () => {
  clock = createManualClock();
  disk = createMemoryDisk();
  world = { clock, disk, random: createSeededRandom(1) };
  await disk.makeFolder(folder);
});

const authority = (): Promise<Identity> => openAuthority(world, folder, "box.example");

async function certificate(places: LanPlaces = home): Promise<Identity> {
  return await openServerCertificate(world, { folder, authority: await authority(), places });
}

async function damage(name: string, change: (text: string) => string): Promise<void> {
  const text = new TextDecoder().decode(await disk.read(`${folder}/${name}`));
  await disk.writeAtomic(`${folder}/${name}`, new TextEncoder().encode(change(text)));
}

/** The bytes of an extension with its id, as they stand in a certificate. */
const nameConstraints = Buffer.from("0603551d1e0101ff", "hex");

test("[LN1] the authority lives for ten years, signs for itself, and its constraints are critical", async () => {
  const { content } = await authority();
  expect(content.subject).toBe("O=Bothy\nCN=Bothy on box 2026-01-01");
  expect(content.ca).toBe(true);
  expect(content.verify(content.publicKey)).toBe(true);
  expect(content.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: "prime256v1" });
  expect(Date.parse(content.validTo) - Date.parse(content.validFrom)).toBe(3_652 * dayMs);
  expect(content.raw.includes(nameConstraints)).toBe(true);
});

test("[LN1] the authority of a machine with a long name is called by as much of it as a certificate may say", async () => {
  const { content } = await openAuthority(world, folder, "b".repeat(63));
  expect(content.subject).toBe(`O=Bothy\nCN=Bothy on ${"b".repeat(44)} 2026-01-01`);
});

test("[LN1] a second start finds the authority of the first", async () => {
  const first = await authority();
  expect((await authority()).content.fingerprint256).toBe(first.content.fingerprint256);
});

test.each<[string, (text: string) => string]>([
  ["is empty", () => ""],
  ["has lost its key", (text) => text.slice(0, text.indexOf("-----BEGIN PRIVATE"))],
  ["has lost its certificate", (text) => text.slice(text.indexOf("-----BEGIN PRIVATE"))],
  ["has another byte in its certificate", (text) => text.replace(/MI(.{40})./u, "MI$1!")],
  ["has another bit in its signature", (text) => text.replace(/(.)\n-----END CERT/u, "\n-----END CERT")],
])("[LN3] an authority that %s ends the start and is left as it is", async (_what, change) => {
  await authority();
  await damage("authority.pem", change);
  const before = await disk.read(`${folder}/authority.pem`);
  await expect(authority()).rejects.toMatchObject({ code: "folder_damaged", message: expect.stringContaining(folder) });
  expect(await disk.read(`${folder}/authority.pem`)).toEqual(before);
});

test("[LN3] an authority with the key of another one ends the start", async () => {
  await authority();
  const other = createMemoryDisk();
  await other.makeFolder(folder);
  const stranger = await openAuthority({ ...world, disk: other }, folder, "box");
  await damage("authority.pem", (text) => text.replace(/-----BEGIN PRIVATE[^]+/u, stranger.privateKey));
  await expect(authority()).rejects.toMatchObject({ code: "folder_damaged" });
});

test("[LN3] an authority whose years are over, or have not begun by this machine's clock, ends the start", async () => {
  await authority();
  clock.advance(3_652 * dayMs);
  await expect(authority()).rejects.toMatchObject({ code: "config_invalid" });
  clock.step(-3_655 * dayMs);
  await expect(authority()).rejects.toMatchObject({ code: "config_invalid" });
});

test("[LN4] the certificate names the machine and its places, and lives for less than Apple's limit", async () => {
  const { content } = await certificate();
  expect(content.subjectAltName).toBe(
    "DNS:localhost, DNS:box.local, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, " +
      "IP Address:192.168.1.5, IP Address:FD00:0:0:0:0:0:0:7",
  );
  expect(content.ca).toBe(false);
  expect(content.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
  expect(Date.parse(content.validTo) - Date.parse(content.validFrom)).toBe(397 * dayMs);
  const issuer = new X509Certificate((await authority()).certificate);
  expect([content.checkIssued(issuer), content.verify(issuer.publicKey)]).toEqual([true, true]);
});

test("[LN4] the certificate ends with its authority", async () => {
  const { notAfterMs } = await authority();
  clock.advance(3_600 * dayMs);
  const last = await certificate();
  expect(last.notAfterMs).toBe(notAfterMs);
  expect((await certificate()).content.fingerprint256).toBe(last.content.fingerprint256);
});

test("[LN5] a certificate serves until 30 days before its end", async () => {
  const first = await certificate();
  clock.advance(365 * dayMs);
  expect((await certificate()).content.fingerprint256).toBe(first.content.fingerprint256);
  clock.advance(2 * dayMs);
  const second = await certificate();
  expect(second.content.fingerprint256).not.toBe(first.content.fingerprint256);
  expect(second.notAfterMs).toBeGreaterThan(first.notAfterMs);
});

test("[LN5] a clock that was wrong when the certificate was made costs another certificate", async () => {
  await authority();
  clock.step(100 * dayMs);
  const early = await certificate();
  clock.step(-90 * dayMs);
  expect((await certificate()).content.fingerprint256).not.toBe(early.content.fingerprint256);
});

test("[LN5] by a clock that is before the authority, one more certificate is made and no others", async () => {
  const issuer = await authority();
  clock.step(-10 * dayMs);
  const open = (): Promise<Identity> => openServerCertificate(world, { folder, authority: issuer, places: home });
  const first = await open();
  expect(first.notBeforeMs).toBe(issuer.notBeforeMs);
  expect((await open()).content.fingerprint256).toBe(first.content.fingerprint256);
});

test.each<[string, LanPlaces]>([
  ["another address", { ...home, addresses: ["192.168.1.6"] }],
  ["another name", { ...home, name: "other.local" }],
])("[LN5] %s makes another certificate", async (_what, places) => {
  const first = await certificate();
  const second = await certificate(places);
  expect(second.content.fingerprint256).not.toBe(first.content.fingerprint256);
  expect(second.content.checkIP(places.addresses[0] ?? "")).toBe(places.addresses[0]);
});

test("[LN5] an address less needs no other certificate", async () => {
  const first = await certificate();
  const second = await certificate({ ...home, addresses: ["192.168.1.5"] });
  expect(second.content.fingerprint256).toBe(first.content.fingerprint256);
});

test("[LN5] a damaged certificate, and one of an authority that is gone, is replaced", async () => {
  const first = await certificate();
  await damage("server.pem", (text) => text.slice(100));
  const second = await certificate();
  await disk.remove(`${folder}/authority.pem`);
  const third = await certificate();
  const prints = [first, second, third].map(({ content }) => content.fingerprint256);
  expect(new Set(prints).size).toBe(3);
  expect(third.content.verify((await authority()).content.publicKey)).toBe(true);
});
