import { sumOfDigests } from "bothy/internal";
import type { CheckMessage, Repair, Stopped, Verify, Version } from "bothy/internal";
import type { World } from "../base/index.ts";
import type { Snapshot } from "../engine/index.ts";
import { Allowance } from "./allowance.ts";
import { compareRange } from "./compare-range.ts";
import type { SyncLimits } from "./limits.ts";
import type { LiveRange } from "./live-range.ts";
import { readProof } from "./range-proof.ts";
import { tooManyQuestions } from "./refusals.ts";
import type { SyncFigures } from "./sync-figures.ts";

/** What a device asks about what it holds. */
export type Question = Verify | Repair | Stopped;

/** What all devices' checks share. */
export interface CheckParts {
  readonly world: Pick<World, "clock" | "log">;
  readonly limits: SyncLimits;
  readonly figures: SyncFigures;
}

/** Something to be looked up: the texts to be sent, or undefined for a turn of others. */
export interface Answering {
  /** Of the question. */
  readonly sizeBytes: number;
  /** The texts end with a poke to the version of the snapshot. */
  readonly moves: boolean;
  texts(snapshot: Snapshot): Iterable<string | undefined>;
}

/**
 * Verifies what one device holds (SY36): after its first poke, now and then from then on, and when it asks; and answers what it
 * asks when something differs (SY37), one question after the other.
 */
export class DeviceChecks {
  readonly #parts: CheckParts;
  readonly #deviceId: string;
  readonly #onDue: () => void;
  readonly #repairs: Allowance;
  readonly #waiting: { readonly question: Verify | Repair; readonly sizeBytes: number }[] = [];
  #isDue = true;
  #cancel: (() => void) | undefined;

  constructor(parts: CheckParts, deviceId: string, onDue: () => void) {
    const { world, limits } = parts;
    this.#parts = parts;
    this.#deviceId = deviceId;
    this.#onDue = onDue;
    const refill = { refill: limits.repairsPerHour, everyMs: 3_600_000 };
    this.#repairs = new Allowance(world.clock, limits.repairsPerHour, refill);
  }

  /** Takes a question; `rangeOf` says which range of the device a number names. Fails if there are too many. */
  ask(question: Question, sizeBytes: number, rangeOf: (number: number) => LiveRange | undefined): void {
    const { figures, world, limits } = this.#parts;
    if (question.type !== "verify") {
      if (!this.#repairs.take()) throw tooManyQuestions();
      const range = rangeOf(question.range);
      const about = { device: this.#deviceId.slice(0, 8), table: range?.keys.table, index: range?.keys.index };
      if (question.type === "stopped") {
        figures.verification.stopped++;
        world.log.error("A device does not get right what it holds of a range; it has stopped trying.", about);
        return;
      }
      if (question.fault === true) {
        figures.verification.repaired++;
        world.log.warn("What a device held was not what is here; it is being repaired.", about);
      }
    }
    if (this.#waiting.length >= limits.questionsMax) throw tooManyQuestions();
    this.#waiting.push({ question, sizeBytes });
  }

  /** True if something is to be looked up. Of a frozen range the device is told nothing: it is verified once it follows again. */
  isDue(hasFrozen: boolean): boolean {
    return this.#waiting.length > 0 || (this.#isDue && !hasFrozen);
  }

  /** What is to be looked up next. `ranges`: those that the device holds and follows; `at`: the version of its last poke. */
  next(ranges: ReadonlyMap<number, LiveRange>, at: Version): Answering {
    const { partBytes } = this.#parts.limits;
    const { question, sizeBytes } = this.#waiting.shift() ?? { question: verifyAll, sizeBytes: 0 };
    if (question.type === "verify") {
      if (question.ranges === undefined) {
        this.#isDue = false;
        return { sizeBytes, moves: false, texts: (snapshot) => this.#checkAll(snapshot, [...ranges.values()], at) };
      }
      const known = question.ranges.flatMap((number) => ranges.get(number) ?? []);
      return { sizeBytes, moves: false, texts: (snapshot) => checkEach(snapshot, known, { at, partBytes }) };
    }
    const range = ranges.get(question.range);
    // It may have been lost while the question was on its way.
    if (range === undefined) return { sizeBytes, moves: false, texts: () => [] };
    const texts = (snapshot: Snapshot): Iterable<string | undefined> =>
      compareRange(snapshot, range, { repair: question, partBytes });
    return { sizeBytes, moves: question.items !== undefined, texts };
  }

  stop(): void {
    this.#cancel?.();
    this.#waiting.length = 0;
  }

  *#checkAll(snapshot: Snapshot, ranges: readonly LiveRange[], version: Version): Generator<string | undefined> {
    const { verifyMs, partBytes } = this.#parts.limits;
    const found = yield* proofsOf(snapshot, ranges, partBytes);
    // Devices that connected together are not to be verified together for ever.
    const spread = 0.75 + Number.parseInt(this.#deviceId.slice(0, 4), 16) / 0x2_0000;
    this.#later(found.isWhole ? verifyMs * spread : countingMs);
    if (!found.isWhole) return;
    this.#parts.figures.verification.checked++;
    yield JSON.stringify({ type: "check", version, sum: sumOfDigests(found.proofs) } satisfies CheckMessage);
  }

  #later(delayMs: number): void {
    this.#cancel?.();
    this.#cancel = this.#parts.world.clock.after(delayMs, () => {
      this.#isDue = true;
      this.#onDue();
    });
  }
}

const verifyAll: Verify = { type: "verify" };

/** How soon it is looked again while the rows of a book are being counted. */
const countingMs = 10_000;

function* checkEach(
  snapshot: Snapshot,
  ranges: readonly LiveRange[],
  { at, partBytes }: { readonly at: Version; readonly partBytes: number },
): Generator<string | undefined> {
  const { proofs } = yield* proofsOf(snapshot, ranges, partBytes);
  yield JSON.stringify({ type: "check", version: at, ranges: proofs } satisfies CheckMessage);
}

interface Proofs {
  readonly proofs: NonNullable<CheckMessage["ranges"]>;
  /** False if there are ranges whose rows are still being counted. */
  readonly isWhole: boolean;
}

function* proofsOf(snapshot: Snapshot, ranges: Iterable<LiveRange>, partBytes: number): Generator<undefined, Proofs> {
  // All begin now, while the snapshot is the present.
  const reading = Array.from(ranges, (range) => [range.number, readProof(snapshot, range, partBytes)] as const);
  const proofs: (readonly [range: number, count: number, digest: string])[] = [];
  for (const [number, read] of reading) {
    if (read === undefined) continue;
    const { count, digest } = "count" in read ? read : yield* read;
    proofs.push([number, count, digest]);
  }
  return { proofs, isWhole: proofs.length === reading.length };
}
