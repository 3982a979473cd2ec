import { createHmac, timingSafeEqual } from "node:crypto";
import type { RangeTag, Version } from "bothy/internal";

/** What a seal proves: that this device, as this user, held these ranges up to this version. */
export interface SealedState {
  readonly epoch: string;
  readonly deviceId: string;
  readonly userId: string;
  readonly version: Version;
  readonly ranges: readonly HeldTag[];
}

/** A held range: its tag, and the edge of a window. */
export type HeldTag = readonly [tag: RangeTag, edge: string | null];

/** Makes and verifies the seals of one deployment. */
export interface CursorSealer {
  seal(state: SealedState, logHash: string): string;
  /** The log hash that a genuine seal names; undefined for any other. */
  open(state: SealedState, seal: string): string | undefined;
}

/** Keys the seals from the secret of a deployment. */
export function createCursorSealer(parts: { readonly secret: Uint8Array; readonly serverId: string }): CursorSealer {
  const key = createHmac("sha256", parts.secret).update("bothy cursor seal\u0001").digest();
  const codeOf = (state: SealedState, logHash: string): Buffer => {
    const { epoch, deviceId, userId, version } = state;
    // The order in which ranges were granted is nobody's concern.
    const ranges = state.ranges.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    const text = JSON.stringify([parts.serverId, epoch, deviceId, userId, version, logHash, ranges]);
    return createHmac("sha256", key).update(text).digest();
  };
  return {
    seal: (state, logHash) => `${logHash}.${codeOf(state, logHash).toString("hex")}`,
    open: (state, seal) => {
      const dot = seal.indexOf(".");
      if (dot < 0) return undefined;
      const logHash = seal.slice(0, dot);
      const given = Buffer.from(seal.slice(dot + 1), "hex");
      const expected = codeOf(state, logHash);
      return given.length === expected.length && timingSafeEqual(given, expected) ? logHash : undefined;
    },
  };
}
