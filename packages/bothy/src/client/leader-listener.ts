import type { BothyError } from "../errors/index.ts";
import type { Outcome } from "../protocol/index.ts";
import type { Effect } from "./base-state.ts";
import type { HeldScope } from "./holds.ts";
import type { SharedStatus } from "./status.ts";
import type { SyncState } from "./stored-rows.ts";
import type { WireResult } from "./subscribed-query.ts";

/** A poke that every tab may have now. */
export interface SharedPoke {
  readonly number: number;
  readonly effect: Effect;
  readonly state: SyncState;
  readonly outcomes: readonly Outcome[];
}

/** What a leader tells the rest of its tab. */
export interface LeaderListener {
  onStatus(change: Partial<SharedStatus>, error: BothyError | null): void;
  /** A poke is stored: the other tabs may have it. */
  onStored(poke: SharedPoke): void;
  onResult(key: string, result: WireResult): void;
  /** What the device holds on demand, or what is known of it, has changed. */
  onHolds(scopes: readonly HeldScope[]): void;
  onIdentity(): void;
  /** The rejected list has changed in the storage. */
  onRejected(): void;
  /** The deployment has answered, and said how far the device got that this one was before; parked mutations may be tried again. */
  onWelcome(previousN: number | undefined): void;
  /** The storage refuses to write; this tab goes on in memory, and tries again. */
  onStorageFailed(error: unknown): void;
  /** The storage has everything that is shown again. */
  onStorageBack(): void;
  /** Another leader has taken over. */
  onReplaced(): void;
}
