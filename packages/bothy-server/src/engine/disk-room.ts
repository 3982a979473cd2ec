import { BothyError } from "bothy/internal";
import type { EngineWorld } from "./engine-options.ts";

/** Room that is left for what is under way, and for other programs: an empty margin is where a log ends badly. */
const marginBytesMax = 64 * 1_048_576;
/** On a small disk the margin is a part of it. */
const marginShare = 1 / 20;
/** While commits come, the disk is looked at this often, or sooner if much was written. */
const lookEveryMs = 1_000;

/** How much room the disk has, looked at while something is written to it. */
export class DiskRoom {
  readonly #world: Pick<EngineWorld, "clock" | "disk" | "log">;
  readonly #folder: string;
  readonly #onChange: (isShort: boolean) => void;
  #isShort = false;
  #freeBytes = Number.POSITIVE_INFINITY;
  #marginBytes = marginBytesMax;
  #writtenBytes = 0;
  #lookedAtMs: number;
  #isLooking = false;
  #cancelLook: (() => void) | undefined;
  #isOpen = true;

  constructor(
    world: Pick<EngineWorld, "clock" | "disk" | "log">,
    folder: string,
    onChange: (isShort: boolean) => void,
  ) {
    this.#world = world;
    this.#folder = folder;
    this.#onChange = onChange;
    this.#lookedAtMs = world.clock.monotonicMs();
  }

  /** True while there is too little: nothing new is taken, and what the store lacks stays in memory. */
  get isShort(): boolean {
    return this.#isShort;
  }

  /** Takes what was given to the log. */
  note(sizeBytes: number): void {
    this.#writtenBytes += sizeBytes;
    const isDue = this.#world.clock.monotonicMs() - this.#lookedAtMs >= lookEveryMs;
    // The store writes several times what the log does, and later.
    if (isDue || this.#writtenBytes >= Math.min(this.#freeBytes, this.#marginBytes) / 8) void this.look();
  }

  /** Looks now; where the system does not tell there is always room. */
  async look(): Promise<void> {
    if (this.#isLooking || !this.#isOpen) return;
    this.#isLooking = true;
    try {
      const space = await this.#world.disk.space(this.#folder);
      if (space !== undefined) this.#judge(space);
    } catch (error) {
      // Nothing rests on it: a disk that is full without warning ends the process, and loses nothing.
      this.#world.log.warn("The room on the disk cannot be told.", { folder: this.#folder, error });
    } finally {
      this.#isLooking = false;
      this.#writtenBytes = 0;
      this.#lookedAtMs = this.#world.clock.monotonicMs();
    }
  }

  /** What a commit is refused with. */
  shortage(): BothyError {
    return new BothyError("disk_full", {
      message: `The disk of ${this.#folder} is almost full (${megabytes(this.#freeBytes)} MB left): no changes are taken.`,
      fix: "Make room on the disk; Bothy goes on by itself. Reads go on meanwhile, and devices keep what they have to send.",
    });
  }

  close(): void {
    this.#isOpen = false;
    this.#cancelLook?.();
  }

  #judge({ freeBytes, totalBytes }: { readonly freeBytes: number; readonly totalBytes: number }): void {
    this.#freeBytes = freeBytes;
    this.#marginBytes = Math.min(marginBytesMax, totalBytes * marginShare);
    // Half as much again before it goes on, so that it does not change to and fro.
    const isShort = freeBytes < (this.#isShort ? this.#marginBytes * 1.5 : this.#marginBytes);
    if (isShort && this.#isOpen) this.#cancelLook = this.#world.clock.after(lookEveryMs, () => void this.look());
    if (isShort === this.#isShort) return;
    this.#isShort = isShort;
    const { log } = this.#world;
    const fields = { folder: this.#folder, freeMegabytes: megabytes(freeBytes) };
    if (isShort) log.error("The disk is almost full: no changes are taken until there is room. Reads go on.", fields);
    else log.info("The disk has room again; changes are taken.", fields);
    this.#onChange(isShort);
  }
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / 1_048_576);
}
