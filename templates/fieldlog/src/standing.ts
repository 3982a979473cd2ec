// How this device stands with its server, in words and signs: for the badge, the Changes and the “Try it” screen.

import type { ClientStatus } from "bothy/client";
import type { IconName } from "./elements/icon.tsx";
import { formatCount } from "./format.ts";

export type ConnectionState = ClientStatus["state"];

interface StateText {
  /** Fits the top bar of a phone. */
  readonly title: string;
  readonly icon: IconName;
  /** Green where all is well, ochre where something waits, red where a person has to do something. */
  readonly tone: "good" | "wait" | "bad";
  /** What becomes of the changes that wait. */
  readonly waiting: string;
}

export const stateTexts: Readonly<Record<ConnectionState, StateText>> = {
  connecting: {
    title: "Connecting",
    icon: "clock",
    tone: "wait",
    waiting: "Kept on this device; sent in this order once the server answers.",
  },
  online: { title: "Online", icon: "online", tone: "good", waiting: "Being sent, in this order." },
  offline: {
    title: "Offline",
    icon: "offline",
    tone: "wait",
    waiting: "Kept on this device; sent by itself, in this order, once the server can be reached.",
  },
  paused: {
    title: "Working offline",
    icon: "pause",
    tone: "wait",
    waiting: "Kept on this device; sent in this order once you go online again.",
  },
  ahead: {
    title: "Server is older",
    icon: "clock",
    tone: "wait",
    waiting: "Kept on this device; sent in this order once the server has this version of the app too.",
  },
  updateNeeded: {
    title: "Update needed",
    icon: "alert",
    tone: "bad",
    waiting: "Kept on this device; sent in this order by the new version of this app. Reload while online to get it.",
  },
};

/** A connection that is back within this time was never gone, as far as a person is concerned. */
const patienceMs = 1500;

/** How long a state has to last before it is shown: what ends a doubt is shown at once. */
export function settleMs(state: ConnectionState): number {
  return state === "offline" || state === "connecting" ? patienceMs : 0;
}

export interface Counts {
  readonly rejected: number;
  readonly conflicts: number;
}

/** What a person has to decide on: “2 rejected”, “1 conflict”. */
export function troubleTexts({ rejected, conflicts }: Counts): readonly string[] {
  return [rejected > 0 ? `${rejected} rejected` : "", conflicts > 0 ? formatCount(conflicts, "conflict") : ""].filter(
    (text) => text !== "",
  );
}

/** What is read out when it changes: no ages and no counts of what waits, which change all the time. */
export function announcement(state: ConnectionState, counts: Counts): string {
  return `${[stateTexts[state].title, ...troubleTexts(counts)].join(". ")}.`;
}
