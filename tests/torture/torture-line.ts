/**
 * One line of a torture's history (docs/spec/torture.md): what somebody did, saw or was told. Moments (`t`) are milliseconds since
 * 1970 by the one clock of the machine on which everything runs, taken by whoever writes the line.
 */
export type TortureLine = Told & { readonly t: number };

/** What a line says, without its moment. */
export type Told =
  | { readonly kind: "run"; readonly seed: number; readonly spaces: readonly string[] }
  /** A device and the user that it turned out to be. */
  | { readonly kind: "device"; readonly device: string; readonly user: string }
  /** Somebody is let into a space or taken out of it: asked for (`call`), and known to be committed (`done`). */
  | {
      readonly kind: "grant" | "revoke";
      readonly phase: "call" | "done";
      readonly user: string;
      readonly space: string;
    }
  | ({ readonly kind: "call" } & Call)
  /** The call is durable on the device. */
  | { readonly kind: "local"; readonly device: string; readonly tab: string; readonly tag: string }
  /** The device itself refused the call: nothing was stored. */
  | {
      readonly kind: "refused";
      readonly device: string;
      readonly tab: string;
      readonly tag: string;
      readonly code: string;
    }
  | {
      readonly kind: "outcome";
      readonly device: string;
      readonly tab: string;
      readonly tag: string;
      readonly outcome: "applied" | "rejected";
      readonly code: string;
    }
  | ({ readonly kind: "saw" } & Sight)
  /** Tags that stood in one message from the deployment. */
  | { readonly kind: "wire"; readonly device: string; readonly tags: readonly string[] }
  | { readonly kind: "fault"; readonly what: string }
  /** A tab does not run, or runs again. */
  | { readonly kind: "frozen" | "resumed"; readonly device: string; readonly tab: string }
  /** The deployment goes on from what it was when the backup was taken. */
  | { readonly kind: "restored"; readonly takenAt: number }
  /** All faults are over; everything is up. */
  | { readonly kind: "healed" }
  /** A device has nothing left to send, so long after the healing. */
  | { readonly kind: "quiet"; readonly device: string; readonly afterMs: number }
  /** What the deployment has in a space in the end. */
  | ({ readonly kind: "server"; readonly space: string } & Content)
  /** What a device shows of a space in the end, and what it may. */
  | ({ readonly kind: "final"; readonly device: string; readonly space: string; readonly isGranted: boolean } & Content)
  | {
      readonly kind: "ended";
      readonly device: string;
      readonly waiting: number;
      readonly rejected: readonly string[];
    }
  /** Tags in what a device stores in the end: of rows, and of its own calls. */
  | {
      readonly kind: "stored";
      readonly device: string;
      readonly rows: readonly string[];
      readonly calls: readonly string[];
    };

/** A mutation that somebody calls; its tag names it. */
export interface Call {
  readonly device: string;
  readonly tab: string;
  readonly op: "add" | "pair" | "bump" | "claim" | "move" | "remove";
  readonly space: string;
  readonly tag: string;
  readonly slot?: number;
  /** What is moved or removed, and where it goes. */
  readonly item?: string;
  readonly to?: string;
}

/** What there is in a space. */
export interface Content {
  readonly items: readonly string[];
  readonly claims: readonly string[];
  readonly left: string;
  readonly count: number;
}

/** A result of the query of a space, as a tab was given it. */
export interface Sight extends Content {
  readonly device: string;
  readonly tab: string;
  readonly space: string;
  readonly status: string;
  readonly isComplete: boolean;
  readonly right: string;
}

const tagPattern = /~[a-z0-9]+\.[a-z0-9-]+~/g;

/** A tag: whose it is and which, and the space that it was made in. */
export function makeTag(device: string, count: number, space: string): string {
  return `~${device}${count}.${space}~`;
}

/** The space that a tag was made in. */
export function spaceOfTag(tag: string): string {
  return tag.slice(tag.indexOf(".") + 1, -1);
}

/** Every tag in a text, each once. */
export function tagsIn(text: string): string[] {
  return [...new Set(text.match(tagPattern) ?? [])];
}

/** Reads a history file. */
export function parseTorture(text: string): TortureLine[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): TortureLine => JSON.parse(line));
}
