import { generateKeyPair, sign } from "node:crypto";
import { promisify } from "node:util";

/** A key that signs, and what verifies its signatures. */
export interface SigningKey {
  /** PKCS #8 as PEM: a secret. */
  readonly privateKey: string;
  /** SubjectPublicKeyInfo as DER. */
  readonly publicKey: Uint8Array;
}

/** Makes a key for ECDSA over P-256, which every device takes. */
export async function createSigningKey(): Promise<SigningKey> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)("ec", {
    namedCurve: "P-256",
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "der" },
  });
  return { privateKey, publicKey: new Uint8Array(publicKey) };
}

/** The ECDSA signature of bytes by their SHA-256, as certificates carry it. */
export function signBytes(privateKey: string, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(sign("sha256", bytes, privateKey));
}
