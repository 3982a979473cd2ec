import type { SecureContextOptions } from "node:tls";
import type { TlsCertificate } from "./world.ts";

/** Of TLS 1.2 only what keeps recorded traffic closed when a key is lost later, and detects changed bytes by itself. */
const tls12Suites = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-RSA-CHACHA20-POLY1305",
];
const tls13Suites = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"];

/** How a port of ours speaks TLS: 1.2 or newer, whatever the machine's own settings allow. */
export function tlsOptions({ certificate, privateKey }: TlsCertificate): SecureContextOptions {
  return {
    cert: certificate,
    key: privateKey,
    minVersion: "TLSv1.2",
    ciphers: [...tls13Suites, ...tls12Suites].join(":"),
    honorCipherOrder: true,
  };
}
