import type { ChannelPort, ClientWorld } from "../base/index.ts";
import type { Outcome, WireIdentity } from "../protocol/index.ts";
import type { Effect } from "./base-state.ts";
import type { HeldScope, HoldRequest } from "./holds.ts";
import type { SharedStatus } from "./status.ts";
import type { MutationCall, Stamped, SyncState } from "./stored-rows.ts";
import type { SubscribedQuery, WireResult } from "./subscribed-query.ts";

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
  /** The rejected list has changed in the storage; `gone`: by nothing but this entry, which was discarded or made again. */
  | { readonly kind: "rejected"; readonly gone?: number }
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
  /** Another token was stored, or the wish to stay away (CL48): the leader reads both again. */
  | { readonly kind: "reread" }
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

/** The other tabs of this profile. */
export interface Tabs {
  post(message: TabMessage): void;
  close(): void;
}

/** Which app a tab runs, as seen from another. */
export type TabVersion =
  | "same"
  /** Another schema: what it says of rows is read from the storage instead. */
  | "other_schema"
  /** Another format of what is stored and said: only what every format has in common is heard. */
  | "other_format";

interface Envelope {
  readonly stamp: Stamped;
  /** When the tab was opened, milliseconds since 1970: of two versions the one that came later is taken for the newer. */
  readonly openedMs: number;
  readonly message: TabMessage;
}

/** What tabs of all formats say in the same words. */
const everybodySays: ReadonlySet<TabMessage["kind"]> = new Set([
  "ask",
  "here",
  "yield",
  "moved",
  "reread",
  "destroyed",
]);

/** Opens the channel between tabs; where there is none this tab is alone. */
export function openTabs(
  world: ClientWorld,
  options: {
    readonly name: string;
    readonly stamp: Stamped;
    readonly onMessage: (message: TabMessage, version: TabVersion) => void;
    /** A tab of a newer version of the app is there. */
    readonly onNewer: () => void;
  },
): Tabs {
  const { name, stamp } = options;
  const openedMs = world.clock.nowMs();
  const channel: ChannelPort | undefined = world.openChannel?.(name, (heard) => {
    // Messages come from this code in another tab of the same origin; only its version can differ.
    const envelope = heard as Envelope;
    const { format, schema } = envelope.stamp;
    const version = format !== stamp.format ? "other_format" : schema === stamp.schema ? "same" : "other_schema";
    if (version !== "same" && envelope.openedMs > openedMs) options.onNewer();
    if (version === "other_format" && !everybodySays.has(envelope.message.kind)) return;
    options.onMessage(envelope.message, version);
  });
  return {
    post: (message) => channel?.post({ stamp, openedMs, message } satisfies Envelope),
    close: () => channel?.close(),
  };
}
