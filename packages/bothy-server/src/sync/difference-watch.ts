import { callsOf, groupName } from "bothy/internal";
import type { PushedMutation, Version } from "bothy/internal";
import type { World } from "../base/index.ts";
import type { Engine } from "../engine/index.ts";
import type { CallOutcome } from "../runtime/index.ts";
import { compareWrites, describeDifferences } from "./compare-writes.ts";
import type { WriteDifference } from "./compare-writes.ts";

export interface WatchParts {
  readonly engine: Pick<Engine, "isUnchangedSince">;
  readonly log: Pick<World["log"], "warn">;
  /** A function wrote differently; told once for each. */
  readonly onDifference: (name: string, text: string) => void;
}

/** What is known of a run that is about to be committed. */
export interface WatchedRun {
  readonly outcome: CallOutcome;
  /** It ran at the time and with the version of the arguments that the device's had, for a device of this schema. */
  readonly isSameCall: boolean;
}

/**
 * Finds calls of one device that wrote other things there than here, while developing (SY71). A run is compared only if both
 * stood on the same documents: nothing that it read was written after the version of the device, not even by the device itself,
 * and of the device's earlier calls since that version each was compared and found to agree.
 */
export class DifferenceWatch {
  readonly #parts: WatchParts;
  /** The commit of the last call that was not found to agree: what the device shows below it may be what never came to be. */
  #strayVersion: Version;
  #found: readonly WriteDifference[] | undefined;
  readonly #warnedOf = new Set<string>();

  /** `strayVersion`: up to it nothing is known of the device's calls. */
  constructor(parts: WatchParts, strayVersion: Version) {
    this.#parts = parts;
    this.#strayVersion = strayVersion;
  }

  /** Compares a run; in the very step before it is committed, so that its own writes do not count yet. */
  look({ wrote, again }: PushedMutation, { outcome, isSameCall }: WatchedRun): void {
    this.#found = undefined;
    if (wrote === undefined || again !== undefined || !isSameCall || outcome.kind !== "returned") return;
    if (wrote.at < this.#strayVersion) return;
    const { engine } = this.#parts;
    if (!outcome.reads.every((range) => engine.isUnchangedSince(range, wrote.at))) return;
    this.#found = compareWrites(wrote.documents, outcome.writes);
  }

  /** The call has its outcome. */
  committed(mutation: PushedMutation, version: Version): void {
    const found = this.#found;
    this.#found = undefined;
    if (found?.length === 0) return;
    this.#strayVersion = version;
    if (found !== undefined) this.#warn(mutation, found);
  }

  #warn(mutation: PushedMutation, found: readonly WriteDifference[]): void {
    const isGroup = mutation.name === groupName;
    const names = [...new Set(callsOf(mutation).map(([name]) => name))].join(" + ");
    if (this.#warnedOf.has(names)) return;
    this.#warnedOf.add(names);
    const fields = found.flatMap((one) => one.fields.map((field) => `${one.table}.${field}`));
    const tables = [...new Set(found.map(({ table }) => table))];
    const what = describeDifferences(found);
    const text = `${isGroup ? `The group ${names}` : names} wrote other things on the device than on the server: ${what}. ${reading}`;
    this.#parts.log.warn("A function wrote other things on a device than here.", {
      function: names,
      tables: tables.join(", "),
      ...(fields.length > 0 && { fields: fields.join(", ") }),
      what,
    });
    this.#parts.onDifference(names, text);
  }
}

const reading =
  "What the server wrote counts. That is as it should be where the function uses ctx.server, or reads what this device does not hold. " +
  "If it is not meant, look for Date and Math.random outside of the function, for the order of an iteration, for state that a module keeps, " +
  "and for a page that still runs the code from before the last save.";
