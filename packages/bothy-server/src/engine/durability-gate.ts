import { isBothyError, type Version } from "bothy/internal";
import type { Logger, World } from "../base/index.ts";
import type { LogPosition } from "../log/index.ts";
import type { Commit } from "./engine.ts";
import type { PendingLayer } from "./pending-layer.ts";

interface Waiter {
  readonly version: Version;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The one gate on the one number: nothing newer than the durable version leaves the process. */
export class DurabilityGate {
  readonly #layer: PendingLayer;
  readonly #log: Logger;
  readonly #die: World["die"];
  readonly #listeners = new Set<(commits: readonly Commit[]) => void>();
  #durableVersion: Version;
  #waiting: Commit[] = [];
  #waiters: Waiter[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(layer: PendingLayer, version: Version, { log, die }: Pick<World, "log" | "die">) {
    this.#layer = layer;
    this.#log = log;
    this.#die = die;
    this.#durableVersion = version;
  }

  get durableVersion(): Version {
    return this.#durableVersion;
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined;
  }

  /** Takes a commit that was given to the log. */
  admit(commit: Commit): void {
    this.#waiting.push(commit);
  }

  onDurable(listener: (commits: readonly Commit[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  whenDurable(version: Version): Promise<void> {
    if (version <= this.#durableVersion) return Promise.resolve();
    const failure = this.#failure;
    if (failure !== undefined) return Promise.reject(failure.error);
    return new Promise((resolve, reject) => void this.#waiters.push({ version, resolve, reject }));
  }

  /** Everything up to this record is on the disk. */
  readonly groupDurable = (last: LogPosition): void => {
    this.#durableVersion = last.version;
    this.#layer.release(last);
    let count = this.#waiting.findIndex(({ version }) => version > last.version);
    if (count < 0) count = this.#waiting.length;
    const commits = this.#waiting.splice(0, count);
    if (commits.length > 0) for (const listener of this.#listeners) callSafely(this.#log, () => listener(commits));
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) {
      if (waiter.version <= last.version) waiter.resolve();
      else this.#waiters.push(waiter);
    }
  };

  /** Memory is ahead of the disk and stays so: the process ends. */
  readonly failed = (error: unknown): void => {
    if (this.#failure !== undefined) return;
    this.#failure = { error };
    this.#layer.stop();
    this.#log.error("The log could not be written; nothing after this can be trusted.", { error });
    try {
      this.#die(lastWords(error));
    } catch {
      // Only a world in which processes end otherwise gets here: whoever waits there must not wait for ever.
      for (const { reject } of this.#waiters.splice(0)) reject(error);
    }
  };
}

/** What happened, and what to do about it. */
function lastWords(error: unknown): string {
  if (isBothyError(error)) return `${error.message} ${error.fix ?? ""}`.trim();
  return error instanceof Error ? error.message : String(error);
}

/** What a listener throws is its own fault; the commit has happened and others are told too. */
export function callSafely(log: Logger, call: () => void): void {
  try {
    call();
  } catch (error) {
    log.error("A listener of the engine failed.", { error });
  }
}
