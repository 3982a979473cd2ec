import { createHmac } from "node:crypto";
import type { Clock } from "../base/index.ts";

/** What a token proves. `foreign`: another deployment signed it. */
export type TokenVerdict =
  | { readonly kind: "valid"; readonly userId: string; readonly isRenewalDue: boolean }
  | { readonly kind: "expired"; readonly userId: string }
  | { readonly kind: "foreign" }
  | { readonly kind: "invalid" };

/** Signs and verifies the tokens by which devices prove their user. */
export interface DeviceTokens {
  sign(userId: string): Promise<string>;
  verify(token: string): Promise<TokenVerdict>;
}

const algorithm = "HS256";
// Names what the token is for: a token signed with the same key for another purpose is no device token.
const type = "bothy-device";
const daySeconds = 86_400;
const validSeconds = 365 * daySeconds;

/** Makes the tokens of one deployment, keyed from its secret (docs/decisions/0005-device-tokens.md). */
export function createDeviceTokens(parts: {
  readonly secret: Uint8Array;
  /** The deployment's server id. */
  readonly issuer: string;
  readonly clock: Pick<Clock, "nowMs">;
}): DeviceTokens {
  const { secret, issuer, clock } = parts;
  // One block of HKDF-Expand; the secret is random already, so that nothing has to be extracted.
  const key = new Uint8Array(createHmac("sha256", secret).update("bothy device token\u0001").digest());
  const nowSeconds = (): number => Math.floor(clock.nowMs() / 1_000);
  return {
    sign: async (userId) => {
      const { SignJWT } = await loadJose();
      return new SignJWT({})
        .setProtectedHeader({ alg: algorithm, typ: type })
        .setIssuer(issuer)
        .setSubject(userId)
        .setIssuedAt(nowSeconds())
        .setExpirationTime(nowSeconds() + validSeconds)
        .sign(key);
    },
    verify: async (token) => {
      const { decodeJwt, errors, jwtVerify } = await loadJose();
      const claimed = readIssuer(() => decodeJwt(token));
      if (claimed === undefined) return { kind: "invalid" };
      if (claimed !== issuer) return { kind: "foreign" };
      try {
        const { payload } = await jwtVerify(token, key, {
          algorithms: [algorithm],
          typ: type,
          issuer,
          requiredClaims: ["sub", "iat", "exp"],
          currentDate: new Date(clock.nowMs()),
        });
        const { sub, iat = 0 } = payload;
        if (sub === undefined || sub === "") return { kind: "invalid" };
        return { kind: "valid", userId: sub, isRenewalDue: nowSeconds() - iat > daySeconds };
      } catch (error) {
        // The signature has been verified before the time is looked at.
        if (error instanceof errors.JWTExpired && error.payload.sub !== undefined) {
          return { kind: "expired", userId: error.payload.sub };
        }
        if (error instanceof errors.JOSEError) return { kind: "invalid" };
        throw error;
      }
    },
  };
}

/** Loaded when the first device connects: a start need not wait for it. */
function loadJose(): Promise<typeof import("jose")> {
  return import("jose");
}

/** The issuer that a token names, unverified; undefined if it is no token. */
function readIssuer(decode: () => { readonly iss?: string }): string | undefined {
  try {
    return decode().iss;
  } catch {
    // Not a token at all.
    return undefined;
  }
}
