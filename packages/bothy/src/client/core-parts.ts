import type { ClientWorld } from "../base/index.ts";
import type { WireIdentity } from "../protocol/index.ts";
import type { Schema } from "../schema/index.ts";
import type { ServerPromise } from "./callers.ts";
import type { DiskRows } from "./disk-rows.ts";
import type { LiveQueries } from "./live-queries.ts";
import type { Observable } from "./observable.ts";
import type { Overlay, PendingMutation } from "./overlay.ts";
import type { Serial } from "./serial.ts";
import type { SharedFunction } from "./shared-functions.ts";
import type { RejectedCall, Stamped, SyncState } from "./stored-rows.ts";

/** What a tab shows, the same for a leader and for the others. */
export interface CoreParts {
  readonly world: ClientWorld;
  readonly schema: Schema;
  readonly stamp: Stamped;
  readonly serial: Serial;
  readonly overlay: Overlay;
  readonly disk: DiskRows;
  readonly queries: LiveQueries;
  readonly functions: ReadonlyMap<string, SharedFunction>;
  readonly serverPromises: Map<string, ServerPromise>;
  readonly pending: Observable<readonly PendingMutation[]>;
  readonly rejected: Observable<readonly RejectedCall[]>;
  readonly identity: Observable<WireIdentity | null>;
  /** The device's key; known before anything runs. */
  deviceKey: Uint8Array;
  /** What the deployment's clock is ahead of this device's. */
  clockOffsetMs: number;
  /** The deployment's time, as far as it is known. */
  nowMs(): number;
  /** Moved by `CoreMoves` only, as are those that follow. */
  isHydrated: boolean;
  state: SyncState;
  /** Number of the last poke that is shown. */
  poke: number;
  /** Tables of which nothing that is read counts as complete. */
  doubted: ReadonlySet<string>;
}
