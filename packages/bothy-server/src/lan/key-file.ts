import { createPrivateKey, X509Certificate } from "node:crypto";
import type { TlsCertificate } from "../base/index.ts";

/** A certificate with its key, as it was read and found to be whole. */
export interface Identity extends TlsCertificate {
  /** What the certificate says. */
  readonly content: X509Certificate;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** One file for both, so that there is never the one without the other. */
export function formatKeyFile({ certificate, privateKey }: TlsCertificate): Uint8Array {
  return new TextEncoder().encode(`${certificate.trim()}\n${privateKey.trim()}\n`);
}

/** Reads such a file; undefined if its certificate or its key can't be read, or they do not belong together. */
export function parseKeyFile(bytes: Uint8Array): Identity | undefined {
  const text = new TextDecoder().decode(bytes);
  const certificate = blockOf(text, "CERTIFICATE");
  const privateKey = blockOf(text, "PRIVATE KEY");
  if (certificate === undefined || privateKey === undefined) return undefined;
  return identityOf({ certificate, privateKey });
}

/** What a certificate with its key says; undefined if it can't be read. */
export function identityOf({ certificate, privateKey }: TlsCertificate): Identity | undefined {
  try {
    const content = new X509Certificate(certificate);
    if (!content.checkPrivateKey(createPrivateKey(privateKey))) return undefined;
    const [notBeforeMs, notAfterMs] = [Date.parse(content.validFrom), Date.parse(content.validTo)];
    return { certificate, privateKey, content, notBeforeMs, notAfterMs };
  } catch {
    // Bytes that are no certificate or no key: whoever asks says what becomes of that.
    return undefined;
  }
}

function blockOf(text: string, label: string): string | undefined {
  return new RegExp(`-----BEGIN ${label}-----[A-Za-z0-9+/=\\s]+-----END ${label}-----`, "u").exec(text)?.[0];
}
