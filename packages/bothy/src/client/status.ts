import type { AppError, BothyError } from "../errors/index.ts";
import type { Json, WireIdentity } from "../protocol/index.ts";
import type { Eviction } from "./marker.ts";
import { createObservable, type Observable } from "./observable.ts";

/** How a client stands with its deployment and with its storage. */
export interface ClientStatus {
  /**
   * `updateNeeded`: this app is too old for the deployment; rows are shown, and nothing can be changed. `ahead`: the deployment
   * runs an older app than this one; everything works here, and waits until it has caught up. `paused`: the app stays away by
   * choice (`pause()`), and all is as when offline.
   */
  readonly state: "connecting" | "online" | "offline" | "paused" | "ahead" | "updateNeeded";
  /** Mutations that the deployment has not acknowledged. */
  readonly pendingCount: number;
  /** How full the outbox is: 0 empty, 1 takes no more (`outbox_full`). What is in it is never dropped. */
  readonly outboxFill: number;
  /** When what is shown was last known to be the deployment's present; null: never. */
  readonly lastSyncedMs: number | null;
  /**
   * `memory`: nothing survives a reload, because there is no storage or it could not be opened. `full`: the storage has no room
   * left. `lost`: it was deleted or evicted while in use. `failed`: it refuses for another reason. `error` has the cause, and
   * `pendingCount` says what is not sent.
   */
  readonly storageMode: "durable" | "memory" | "full" | "lost" | "failed";
  /** This tab holds the socket for all tabs. */
  readonly isLeader: boolean;
  /** Known offline too, once there was a first contact. */
  readonly identity: WireIdentity | null;
  /** The deployment is another one, or has lost a part of its history; its rows were taken in place of the old ones. */
  readonly serverChanged: { readonly kind: "server_changed" | "epoch_changed"; readonly atMs: number } | null;
  /** A newer version of this app is open in another tab, or has stored the data: a reload gets it. */
  readonly updateReady: boolean;
  /** The database of an earlier start has gone: the browser, or somebody, has deleted it. Rows come again; this says what does not. */
  readonly evicted: Eviction | null;
  /** Scopes that failed on the deployment: their rows stay and do not follow. */
  readonly failedScopes: readonly string[];
  /** How often a range was found to hold something else than it should, since the start; each was repaired, or tried to be. */
  readonly repairCount: number;
  /** Ranges that were found wrong again right after that: they are shown, incomplete, and not repaired before `repair()` or the next start. */
  readonly stoppedRanges: readonly Json[];
  /** Why the deployment or the storage refuses, where it is not just out of reach. */
  readonly error: BothyError | AppError | null;
}

/** What the leader knows and tells the other tabs. */
export type SharedStatus = Pick<
  ClientStatus,
  "state" | "lastSyncedMs" | "serverChanged" | "failedScopes" | "evicted" | "repairCount" | "stoppedRanges"
>;

/** The status of one client, which its parts change. */
export interface StatusBox extends Pick<Observable<ClientStatus>, "value" | "subscribe"> {
  change(change: Partial<ClientStatus>): void;
  /** Begins anew, as for another user. */
  reset(): void;
}

/** Makes the status of a client that has just been made. */
export function createStatus(): StatusBox {
  const status = createObservable(firstStatus);
  return Object.assign(status, {
    reset: () => status.set(firstStatus),
    change(change: Partial<ClientStatus>) {
      const next = { ...status.value, ...change };
      const isSame = Object.entries(next).every(([name, value]) => Reflect.get(status.value, name) === value);
      if (!isSame) status.set(next);
    },
  });
}

const firstStatus: ClientStatus = {
  state: "connecting",
  pendingCount: 0,
  outboxFill: 0,
  lastSyncedMs: null,
  storageMode: "durable",
  isLeader: false,
  identity: null,
  serverChanged: null,
  updateReady: false,
  evicted: null,
  failedScopes: [],
  repairCount: 0,
  stoppedRanges: [],
  error: null,
};
