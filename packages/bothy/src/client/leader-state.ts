import type { BothyError } from "../errors/index.ts";
import type { ClientMessage, CursorMessage, HelloCursor, Poke } from "../protocol/index.ts";
import type { ClientStorage } from "../storage/index.ts";
import type { Connection } from "./connection.ts";
import type { Core } from "./core.ts";
import type { LeaderHolds } from "./leader-holds.ts";
import type { LeaderListener } from "./leader-listener.ts";
import type { Contact } from "./leases.ts";
import type { Grants } from "./plan-poke.ts";
import type { PushPlace } from "./push-plan.ts";
import type { ServerSubscriptions } from "./server-subscriptions.ts";
import type { SharedStatus } from "./status.ts";
import type { StoreWriter } from "./store-writer.ts";
import type { RetainedCall, StoredCursor, StoredDevice, SyncState } from "./stored-rows.ts";
import type { Verifier } from "./verify.ts";

/** What all of a leader works with: what is shown, what is stored, and the way to the deployment and to the rest of the tab. */
export interface LeaderReach {
  readonly core: Core;
  readonly storage: ClientStorage;
  readonly writer: StoreWriter;
  readonly contact: Contact;
  readonly listener: LeaderListener;
  /** Reaches a deployment that has said how this device goes on, or nobody: the next welcome makes up for what was not sent. */
  readonly send: (message: ClientMessage) => void;
  readonly restart: Connection["restart"];
  readonly tell: (change: Partial<SharedStatus>, error?: BothyError) => void;
  /** Runs a step in turn with everything else that changes what is shown. */
  readonly run: (step: () => Promise<void>) => void;
}

/** The proof of what this device holds, from which the next connection goes on (SY15). Changed by `leader-cursor.ts` only. */
export interface LeaderCursor {
  cursor?: StoredCursor | undefined;
  /** The ranges that the last hello has named. */
  offered: HelloCursor["ranges"];
}

/** Whom this device shows itself to be to its deployment, and whether it shows itself at all. Changed by `leader-identity.ts` only. */
export interface LeaderIdentity {
  token?: string | undefined;
  /** The app stays away from the deployment by choice. */
  isPaused: boolean;
}

/** Which device this is to which deployment, and what of its mutations it can tell again. Changed by `leader-record.ts` only. */
export interface LeaderRecord {
  device: StoredDevice;
  /** Who has answered last; at first nobody. */
  deployment: Pick<SyncState, "server" | "epoch">;
  hasHistoryChanged?: boolean;
  /** Acknowledged mutations that are kept for a while (SY25). */
  retained: readonly RetainedCall[];
  newDeviceCount: number;
  replacedCount: number;
}

/** How far the outbox is sent to the deployment that has answered. Changed by `leader-pushes.ts` only. */
export interface LeaderPushes {
  /** Undefined while no deployment has said how this device goes on. */
  place?: PushPlace | undefined;
  /** Mutations up to this number are in what the connection shows, acknowledged or not. */
  applied: number;
  /** It is under development, and is told what was written here (SY70). */
  isDev?: boolean;
}

/** What the connection has granted this device so far, and what of it is not whole yet. Changed by `leader-pokes.ts` only. */
export interface LeaderGrants {
  grants: Grants;
  /** The parts of the poke that is coming. */
  arrived: Poke[];
  /** A cursor that came before what is held was proved. */
  unproved?: CursorMessage | undefined;
  readonly failedScopes: Set<string>;
}

/** The wait for the next lease that may run out. Changed by `leader-leases.ts` only. */
export interface LeaderLeases {
  stopLeases?: () => void;
  /** Of rows that are shown under another schema than they were stored; absent once a poke has told what is held. */
  olderLeaseMs?: number | undefined;
}

/** All that a leader knows. Each piece is of one file: others read it, and ask that file to change it. */
export interface LeaderState
  extends LeaderReach, LeaderIdentity, LeaderRecord, LeaderPushes, LeaderCursor, LeaderGrants, LeaderLeases {
  readonly holds: LeaderHolds;
  readonly subscriptions: ServerSubscriptions;
  readonly verifier: Verifier;
  /** The functions that a developer was warned of. */
  readonly warnedOf: Set<string>;
}
