import { join } from "node:path";
import { assert } from "bothy/internal";
import { createSigningKey } from "../base/index.ts";
import { backdatedMs, dayMs, serialNumber } from "./authority.ts";
import type { CertificateWorld } from "./authority.ts";
import { formatKeyFile, identityOf, parseKeyFile } from "./key-file.ts";
import type { Identity } from "./key-file.ts";
import { isPrivateAddress } from "./private-addresses.ts";
import type { LanPlaces } from "./lan-places.ts";

const fileName = "server.pem";
/** Less than the 825 days that Apple's devices take of an authority that somebody has installed. */
const validityMs = 397 * dayMs;
/** How long before its end a certificate is replaced. */
const renewedBeforeMs = 30 * dayMs;

/** What a certificate for these places names. */
interface Named {
  readonly names: readonly string[];
  readonly addresses: readonly string[];
}

/** The certificate of the folder if it still serves, else another one. */
export async function openServerCertificate(
  world: CertificateWorld,
  { folder, authority, places }: { readonly folder: string; readonly authority: Identity; readonly places: LanPlaces },
): Promise<Identity> {
  const path = join(folder, fileName);
  const bytes = await world.disk.read(path);
  const kept = bytes === undefined ? undefined : parseKeyFile(bytes);
  if (kept !== undefined && !isRenewalDue(kept, { authority, places, nowMs: world.clock.nowMs() })) return kept;
  const made = await makeCertificate(world, authority, namedBy(places));
  await world.disk.writeAtomic(path, formatKeyFile(made), 0o600);
  return made;
}

/** Whether a certificate has to be replaced: it is of another authority, does not name a place, or its end is near. */
export function isRenewalDue(
  certificate: Identity,
  { authority, places, nowMs }: { readonly authority: Identity; readonly places: LanPlaces; readonly nowMs: number },
): boolean {
  const { content, notBeforeMs, notAfterMs } = certificate;
  const { names, addresses } = namedBy(places);
  if (!content.checkIssued(authority.content) || !content.verify(authority.content.publicKey)) return true;
  if (names.some((name) => content.checkHost(name) === undefined)) return true;
  if (addresses.some((address) => content.checkIP(address) === undefined)) return true;
  // A certificate that begins or ends with its authority gains nothing by another.
  if (nowMs < notBeforeMs && notBeforeMs > authority.notBeforeMs) return true;
  return nowMs > notAfterMs - renewedBeforeMs && notAfterMs < authority.notAfterMs;
}

async function makeCertificate(world: CertificateWorld, authority: Identity, named: Named): Promise<Identity> {
  const [{ signCertificate }, key] = await Promise.all([import("./sign-certificate.ts"), createSigningKey()]);
  const notBeforeMs = world.clock.nowMs() - backdatedMs;
  const certificate = signCertificate(
    {
      subject: "Bothy on a local network",
      publicKey: key.publicKey,
      serialNumber: serialNumber(world),
      notBeforeMs: Math.max(notBeforeMs, authority.notBeforeMs),
      notAfterMs: Math.min(notBeforeMs + validityMs, authority.notAfterMs),
      use: { kind: "server", ...named },
    },
    { privateKey: authority.privateKey, certificate: new Uint8Array(authority.content.raw) },
  );
  const made = identityOf({ certificate, privateKey: key.privateKey });
  assert(made !== undefined, "the certificate just made is whole");
  return made;
}

/** The places, and the machine itself. */
function namedBy({ addresses, name }: LanPlaces): Named {
  return {
    names: ["localhost", ...(name === undefined ? [] : [name])],
    addresses: [...new Set(["127.0.0.1", "::1", ...addresses.filter(isPrivateAddress)])],
  };
}
