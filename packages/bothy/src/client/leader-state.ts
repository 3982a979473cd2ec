import type { BothyError } from "../errors/index.ts";
import type { ClientMessage } from "../protocol/index.ts";
import type { ClientStorage } from "../storage/index.ts";
import type { Connection } from "./connection.ts";
import type { Core } from "./core.ts";
import type { LeaderCursor } from "./leader-cursor.ts";
import type { LeaderHolds } from "./leader-holds.ts";
import type { LeaderIdentity } from "./leader-identity.ts";
import type { LeaderLeases } from "./leader-leases.ts";
import type { LeaderListener } from "./leader-listener.ts";
import type { LeaderGrants } from "./leader-pokes.ts";
import type { LeaderPushes } from "./leader-pushes.ts";
import type { LeaderRecord } from "./leader-record.ts";
import type { Contact } from "./leases.ts";
import type { ServerSubscriptions } from "./server-subscriptions.ts";
import type { SharedStatus } from "./status.ts";
import type { StoreWriter } from "./store-writer.ts";
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

/** All that a leader knows. Each piece is declared by the file that owns it: others read it, and ask that file to change it. */
export interface LeaderState
  extends LeaderReach, LeaderIdentity, LeaderRecord, LeaderPushes, LeaderCursor, LeaderGrants, LeaderLeases {
  readonly holds: LeaderHolds;
  readonly subscriptions: ServerSubscriptions;
  readonly verifier: Verifier;
  /** The functions that a developer was warned of. */
  readonly warnedOf: Set<string>;
}
