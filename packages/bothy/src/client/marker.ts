import type { ClientWorld } from "../base/index.ts";

/** What a profile notes beside its database, so that a start can tell that there was one and it has gone. */
export interface Marker {
  /** The device's id and key: with both, what comes after it is the same user's. */
  readonly id: string;
  readonly key: string;
  /** Number of the last mutation that was stored, and how many were not acknowledged then. */
  readonly n: number;
  readonly unsent: number;
}

/** A database that was there at an earlier start and has gone. */
export interface Eviction {
  /** Id of the device that was in it. */
  readonly deviceId: string;
  /** Mutations that waited in it when that was last noted. */
  readonly unsentCount: number;
  /** How many of them the deployment has never had; null until it has answered. */
  readonly lostCount: number | null;
}

/** The marker of a name, if there is one. */
export function readMarker({ notes }: ClientWorld, name: string): Marker | undefined {
  const text = notes?.read(name);
  try {
    return text === undefined ? undefined : (JSON.parse(text) as Marker);
  } catch {
    // Not ours.
    return undefined;
  }
}

/** Notes what would be lost with the database as it is now; undefined: nothing. */
export function writeMarker({ notes }: ClientWorld, name: string, marker: Marker | undefined): void {
  notes?.write(name, marker && JSON.stringify(marker));
}

/** What an eviction has cost, once the deployment has said how far the evicted device got. */
export function judgeEviction(marker: Marker, previousN: number | undefined): Eviction {
  const { id, n, unsent } = marker;
  // A device that the deployment does not know has never reached it.
  const lost = Math.max(0, Math.min(unsent, n - (previousN ?? n - unsent)));
  return { deviceId: id, unsentCount: unsent, lostCount: lost };
}
