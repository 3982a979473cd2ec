import { join } from "node:path";
import { assert, BothyError } from "bothy/internal";
import { createSigningKey } from "../base/index.ts";
import type { World } from "../base/index.ts";
import { formatKeyFile, identityOf, parseKeyFile } from "./key-file.ts";
import type { Identity } from "./key-file.ts";
import { privateNames, privateRanges } from "./private-addresses.ts";

/** What certificates are made with. */
export type CertificateWorld = Pick<World, "clock" | "random" | "disk">;

export const dayMs = 86_400_000;
/** Clocks of phones go wrong too: a certificate is valid from a day before it was made. */
export const backdatedMs = dayMs;

const fileName = "authority.pem";
const validityMs = 3_652 * dayMs;
const serialNumberBytes = 16;
/** With the words around it a name of 64 characters, the most that RFC 5280 allows. */
const hostNameMax = 44;

/**
 * Reads the authority that devices have been told to trust, or makes one on first use. One that is damaged is never
 * replaced by itself: every device would have to trust the new one, and nobody would have been told why.
 */
export async function openAuthority(world: CertificateWorld, folder: string, hostName: string): Promise<Identity> {
  const path = join(folder, fileName);
  const bytes = await world.disk.read(path);
  if (bytes === undefined) return await makeAuthority(world, path, hostName);
  const found = parseKeyFile(bytes);
  if (found === undefined || !isAuthority(found)) throw damaged(path);
  const nowMs = world.clock.nowMs();
  if (nowMs < found.notBeforeMs || nowMs >= found.notAfterMs) throw notValid(path, found);
  return found;
}

/** A random number that no other certificate has, positive and without leading zeros as RFC 5280 wants it. */
export function serialNumber({ random }: Pick<World, "random">): Uint8Array {
  const bytes = Uint8Array.from(random.bytes(serialNumberBytes));
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes;
}

async function makeAuthority(world: CertificateWorld, path: string, hostName: string): Promise<Identity> {
  const [{ signCertificate }, key] = await Promise.all([import("./sign-certificate.ts"), createSigningKey()]);
  const nowMs = world.clock.nowMs();
  const day = new Date(nowMs).toISOString().slice(0, 10);
  const certificate = signCertificate(
    {
      // Under this name it stands in the lists of devices, where people look for it to take their trust back.
      subject: `Bothy on ${(hostName.split(".")[0] ?? "").slice(0, hostNameMax)} ${day}`,
      publicKey: key.publicKey,
      serialNumber: serialNumber(world),
      notBeforeMs: nowMs - backdatedMs,
      notAfterMs: nowMs - backdatedMs + validityMs,
      use: { kind: "authority", names: privateNames, ranges: privateRanges },
    },
    key,
  );
  const made = identityOf({ certificate, privateKey: key.privateKey });
  assert(made !== undefined && isAuthority(made), "the authority just made is whole");
  await world.disk.writeAtomic(path, formatKeyFile(made), 0o600);
  return made;
}

function isAuthority({ content }: Identity): boolean {
  return content.ca && content.verify(content.publicKey);
}

function damaged(path: string): BothyError {
  return new BothyError("folder_damaged", {
    message: `The certificate authority in ${path} is not as it was written.`,
    fix:
      "Put the file back from a copy. Or remove it: the next start makes another authority, which every device has to " +
      "be told to trust anew, and the old one is to be removed there.",
  });
}

function notValid(path: string, { notBeforeMs, notAfterMs }: Identity): BothyError {
  const [from, until] = [notBeforeMs, notAfterMs].map((ms) => new Date(ms).toISOString().slice(0, 10));
  return new BothyError("config_invalid", {
    message: `The certificate authority in ${path} is valid from ${from} to ${until}, and today is no day of these.`,
    fix:
      "Set the clock of this machine right. If it is right, remove the file: the next start makes another authority, " +
      "which every device has to be told to trust anew.",
  });
}
