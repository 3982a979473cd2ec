import type { ChannelPort, ClientWorld } from "../base/index.ts";
import type { WireError } from "../errors/index.ts";
import type { Json, Outcome, WireIdentity } from "../protocol/index.ts";
import type { Effect } from "./base-state.ts";
import type { HeldScope, HoldRequest } from "./holds.ts";
import type { SharedStatus } from "./status.ts";
import { storedFormat, type MutationCall, type Stamped, type SyncState } from "./stored-rows.ts";

/** What tabs of one profile tell each other. */
export type TabMessage =
  /** A tab has opened, or has woken: the leader answers with `leading`. */
  | { readonly kind: "hello" }
  /** This tab leads; the others say what they subscribe to. */
  | {
      readonly kind: "leading";
      readonly status: SharedStatus;
      readonly identity: WireIdentity | null;
      readonly offsetMs: number;
      readonly poke: number;
      readonly scopes: readonly HeldScope[];
    }
  /** An outbox entry is durable. */
  | { readonly kind: "entry"; readonly n: number; readonly call: MutationCall }
  /** A poke is stored (CL5). */
  | {
      readonly kind: "poke";
      readonly number: number;
      readonly effect: Effect;
      readonly state: SyncState;
      readonly outcomes: readonly Outcome[];
    }
  /** The rejected list has changed in the storage. */
  | { readonly kind: "rejected" }
  /** What is held is to be verified. */
  | { readonly kind: "repair" }
  | { readonly kind: "subscribe" | "unsubscribe"; readonly tab: string; readonly query: SubscribedQuery }
  | { readonly kind: "result"; readonly key: string; readonly result: WireResult }
  /** A scope is asked for, or left by a tab that has asked for it. */
  | HoldRequest
  /** What the device holds on demand. */
  | { readonly kind: "holds"; readonly scopes: readonly HeldScope[] }
  /** A tab has closed: what it subscribed to is nobody's any more. */
  | { readonly kind: "bye"; readonly tab: string }
  | StandingMessage
  /** A tab has put another database in place: all follow. */
  | { readonly kind: "moved" }
  /** Another token was stored. */
  | { readonly kind: "signed_in" }
  /** The storage was deleted. */
  | { readonly kind: "destroyed" };

/** What tabs say about who leads. */
export type StandingMessage =
  /** A visible tab asks whether somebody leads. */
  | { readonly kind: "ask"; readonly tab: string }
  /** The leader is there. */
  | { readonly kind: "here" }
  /** The leader is hidden and has stopped: this tab is to take the lock. */
  | { readonly kind: "yield"; readonly to: string };

/** A server-only query, as tabs and sockets name it. */
export interface SubscribedQuery {
  readonly key: string;
  readonly name: string;
  readonly args: Json;
}

/** An answer of a server-only query, encoded. */
export interface WireResult {
  readonly value?: Json;
  readonly error?: WireError;
}

/** The other tabs of this profile. */
export interface Tabs {
  post(message: TabMessage): void;
  close(): void;
}

interface Envelope {
  readonly stamp: Stamped;
  readonly message: TabMessage;
}

/** Opens the channel between tabs; where there is none this tab is alone. A tab of another version of the app is not understood. */
export function openTabs(
  world: ClientWorld,
  options: {
    readonly name: string;
    readonly stamp: Stamped;
    readonly onMessage: (message: TabMessage) => void;
  },
): Tabs {
  const { name, stamp, onMessage } = options;
  const hear = (heard: unknown): void => {
    const envelope = readEnvelope(heard);
    if (envelope?.stamp.schema === stamp.schema) onMessage(envelope.message);
  };
  const channel: ChannelPort | undefined = world.openChannel?.(name, hear);
  return {
    post: (message) => channel?.post({ stamp, message } satisfies Envelope),
    close: () => channel?.close(),
  };
}

/** Messages come from this code in another tab of the same origin; only its version can differ. */
function readEnvelope(heard: unknown): Envelope | undefined {
  if (typeof heard !== "object" || heard === null || !("stamp" in heard)) return undefined;
  const envelope = heard as Envelope;
  return envelope.stamp.format === storedFormat ? envelope : undefined;
}
