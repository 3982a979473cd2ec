import type { QueryResult } from "bothy/client";
import type { Broken } from "../checks/broken.ts";
import type { Json } from "bothy/internal";

/** How a part of a mutation ended for its caller. */
export type LocalEnd =
  | { readonly kind: "waiting" }
  | { readonly kind: "stored"; readonly atMs: number }
  | { readonly kind: "refused"; readonly atMs: number; readonly error: string };

export type ServerEnd =
  | { readonly kind: "waiting" }
  | { readonly kind: "applied"; readonly atMs: number; readonly value: string }
  | { readonly kind: "refused"; readonly atMs: number; readonly error: string };

/** One mutation as its caller saw it. */
export interface MutationRecord {
  /** Unique in the run, and part of the arguments of everything that leaves a trace. */
  readonly id: string;
  readonly device: string;
  readonly tab: string;
  readonly name: string;
  readonly args: object;
  readonly calledMs: number;
  local: LocalEnd;
  server: ServerEnd;
}

/** A call made to the server directly, as the admin makes it. */
export interface ServerCallRecord {
  readonly id: string;
  readonly name: string;
  readonly args: Json;
  readonly calledMs: number;
  answer: { readonly atMs: number; readonly value: string } | undefined;
}

/** Everything that one tab showed at one moment. */
export interface Observation {
  readonly device: string;
  readonly tab: string;
  readonly subject: string;
  readonly atMs: number;
  /** Mutations that the tab's results contain and the deployment has not acknowledged. */
  readonly pending: number;
  /** Complete results as JSON text, by query. */
  readonly results: readonly (readonly [query: string, value: string])[];
}

/** A call of a function process, as it was sent to it. */
export interface ProcessCall {
  readonly name: string;
  readonly kind: string;
  readonly args: Json;
  readonly identity: { readonly subject: string } | null;
  readonly timeMs: number;
  readonly nonce: string;
  readonly deviceKey: string;
}

/** A frame as it arrived at its end. */
export interface ArrivedFrame {
  readonly connection: number;
  readonly device: string;
  readonly at: "client" | "server";
  readonly atMs: number;
  readonly text: string;
}

/** What happened in a run, as seen from outside. */
export class History {
  readonly mutations: MutationRecord[] = [];
  readonly serverCalls: ServerCallRecord[] = [];
  readonly observations: Observation[] = [];
  readonly openedMsByTab = new Map<string, number>();
  readonly frames: ArrivedFrame[] = [];
  readonly callsByNonce = new Map<string, ProcessCall[]>();
  readonly logged: string[] = [];
  /** What was seen to be wrong while it happened. */
  readonly broken: Broken[] = [];
  /** Devices of which a stored row was altered: they show it until it is repaired. */
  readonly decayed = new Set<string>();
  /** Devices that are copies of each other. */
  readonly copied = new Set<string>();
  /** The last time that an older copy took the place of the log: what was seen before may have been forgotten since. */
  restored: { readonly atMs: number; readonly lastConnection: number } | undefined;
  readonly #lastShown = new Map<string, QueryResult>();
  /** Results that were shown and then gone without a new value. */
  readonly flashes: string[] = [];

  /** True for what was seen of a history that the deployment may have lost since. */
  isForgotten(atMs: number): boolean {
    return this.restored !== undefined && atMs <= this.restored.atMs;
  }

  /** The same for what a device was told: it may hear of the old history until the restored deployment speaks to it. */
  isForgottenBy(device: string, atMs: number): boolean {
    if (this.restored === undefined) return false;
    const { lastConnection } = this.restored;
    const first = this.frames.find(
      (frame) => frame.connection > lastConnection && frame.at === "client" && frame.device.startsWith(`${device}.`),
    );
    return atMs <= this.restored.atMs || first === undefined || atMs <= first.atMs;
  }

  /** A line was sent to a function process. */
  sawLine(line: string): void {
    if (!line.startsWith('{"type":"call"')) return;
    const { call } = JSON.parse(line) as { readonly call: ProcessCall };
    const calls = this.callsByNonce.get(call.nonce) ?? [];
    calls.push(call);
    this.callsByNonce.set(call.nonce, calls);
  }

  shown(tab: string, key: string, result: QueryResult): void {
    const place = `${tab} ${key}`;
    const before = this.#lastShown.get(place);
    if (before?.value !== undefined && result.value === undefined && result.status !== "error")
      this.flashes.push(`${place} showed ${JSON.stringify(before.value)} and then nothing (${result.status})`);
    this.#lastShown.set(place, result);
  }

  tabEnded(tab: string): void {
    for (const place of [...this.#lastShown.keys()]) if (place.startsWith(`${tab} `)) this.#lastShown.delete(place);
  }
}
