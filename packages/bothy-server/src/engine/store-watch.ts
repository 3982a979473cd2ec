import type { EngineWorld } from "./engine-options.ts";
import { markDamaged, removeStoreMark, writeStoreMark } from "./store-mark.ts";
import { verifyInChild } from "./verify-in-child.ts";

/** After so many ends in a row that were no closing, a start reads the store whole before it opens it. */
export const endsBeforeCheck = 2;
/**
 * When the store is read whole: a while after the start, when nobody waits for the start any more, soon if it was not closed;
 * and then again and again, because a page that lost its entries shows in no single read.
 */
const delayAfterEndMs = 10_000;
const delayAfterCloseMs = 300_000;
const delayBetweenMs = 6 * 3_600_000;

/** Keeps the mark of an open store, and ends the process when the store turns out not to be what was written. */
export class StoreWatch {
  readonly #world: EngineWorld;
  readonly #folder: string;
  readonly #wasClosed: boolean;
  #state: "starting" | "serving" | "condemned" | "closed" = "starting";
  #damage: Error | undefined;
  #cancelCheck: (() => void) | undefined;

  constructor(world: EngineWorld, folder: string, wasClosed: boolean) {
    this.#world = world;
    this.#folder = folder;
    this.#wasClosed = wasClosed;
  }

  /** What a read of this start found; whoever starts makes the store again. */
  get damage(): Error | undefined {
    return this.#damage;
  }

  /** The engine is open from now on. */
  serve(): void {
    this.#state = "serving";
    this.#checkAfter(this.#wasClosed ? delayAfterCloseMs : delayAfterEndMs);
  }

  #checkAfter(delayMs: number): void {
    if (this.#world.processes === undefined) return;
    this.#cancelCheck = this.#world.clock.after(delayMs, () => {
      // Only a world in which processes end otherwise comes back from a store that is condemned.
      this.#check().catch(() => undefined);
    });
  }

  /** A read met what was not written: nothing more is served, and the next start makes the store again. */
  readonly condemn = (error: Error): void => {
    this.#damage ??= error;
    if (this.#state !== "serving") return;
    this.#state = "condemned";
    const { log, die, disk } = this.#world;
    log.error("The store cannot be relied on; the process ends, and the next start makes it from the log.", { error });
    try {
      markDamaged(disk, this.#folder, error.message);
    } catch (problem) {
      log.error("The mark of the damaged store could not be written.", { error: problem });
    }
    die(
      `${error.message} Start Bothy again: it makes the store from the log, and nothing that was acknowledged is lost.`,
    );
  };

  /** The store has been closed. */
  async close(): Promise<void> {
    this.#cancelCheck?.();
    if (this.#state === "condemned") return;
    this.#state = "closed";
    const { disk } = this.#world;
    if (this.#damage === undefined) await removeStoreMark(disk, this.#folder);
    else markDamaged(disk, this.#folder, this.#damage.message);
  }

  async #check(): Promise<void> {
    const { log, disk } = this.#world;
    const problem = await findStoreProblem(this.#world, this.#folder, "in use");
    if (this.#state !== "serving") return;
    if (problem !== undefined) return this.condemn(new Error(problem));
    log.info("The store has been read whole and is what was written.", { folder: this.#folder });
    this.#checkAfter(delayBetweenMs);
    await writeStoreMark(disk, this.#folder, { state: "in_use", endsBefore: 0 }).catch((error: unknown) =>
      log.warn("The mark of the store could not be written.", { error }),
    );
  }
}

/** Reads the whole store in a process of its own; says what is wrong, if anything is. */
export async function findStoreProblem(
  { processes, log }: Pick<EngineWorld, "processes" | "log">,
  folder: string,
  use: "closed" | "in use",
): Promise<string | undefined> {
  if (processes === undefined) return undefined;
  const order = { folder, isClosed: use === "closed", extent: "entries" } as const;
  const { findings } = await verifyInChild({ processes }, order, () => undefined);
  const [unfinished] = findings.filter(({ kind }) => kind === "unfinished");
  if (unfinished !== undefined) log.warn("The store could not be read whole.", { reason: unfinished.message });
  return findings.find(({ kind }) => kind !== "unfinished")?.message;
}
