import {
  bucketLevelMax,
  repairRowsMax,
  type CheckMessage,
  type ClientMessage,
  type DifferMessage,
  type Json,
  type PokeHeader,
  type Repair,
} from "../protocol/index.ts";
import {
  bucketOfRow,
  digestOfRows,
  digestText,
  printOfRow,
  printsText,
  readPrints,
  sumOfDigests,
} from "../ranges/index.ts";
import { stampedRows, type Holding, type StampedRow } from "./base-state.ts";
import type { Core } from "./core.ts";
import type { Grants } from "./plan-poke.ts";

/** A range that is found wrong again so soon after it was repaired is left alone. */
const failedAgainMs = 600_000;
/** With so many rows or less they are listed at once; with more they are compared in buckets of some so many. */
const listedRowsMax = 512;
const bucketRows = 64;
/** When it is looked again whether all rows have come from disk. */
const diskDelayMs = 5_000;

/** What the verification of this device has come to. */
export interface Verification {
  /** Ranges that did not hold what they should, since the start. */
  readonly repairCount: number;
  /** Those that are not repaired any more, as their scopes return them. */
  readonly stoppedRanges: readonly Json[];
}

/** Compares what is held with what the deployment says of it, and has repaired what differs (SY36 to SY39). */
export interface Verifier {
  /** False while something is compared of which nobody knows whether it is right. */
  readonly isProven: boolean;
  checked(message: CheckMessage): Promise<void>;
  differs(message: DifferMessage): Promise<void>;
  /** A poke has been applied; `compare` names ranges of which it did not tell what has left. */
  poked(header: PokeHeader, compare: readonly number[]): Promise<void>;
  /** Another connection: what was asked is not answered any more. */
  reset(): void;
  /** Forgets what has failed, and begins anew. */
  repair(): Promise<void>;
}

export interface VerifierOptions {
  readonly core: Core;
  readonly grants: () => Grants;
  readonly send: (message: ClientMessage) => void;
  readonly onChange: (verification: Verification) => void;
}

/** Verifies what a leader holds. */
export function createVerifier({ core, grants, send, onChange }: VerifierOptions): Verifier {
  const failedMs = new Map<number, number>();
  const stopped = new Set<number>();
  /** What is to be compared, and whether it has failed. */
  const open = new Map<number, boolean>();
  /** The one that is under way. */
  let asked: number | undefined;
  /** It has been repaired, and is to be proved. */
  let isConfirming = false;
  /** Whether rows that are on disk only are read to be verified: once in a connection. */
  let reading: "new" | "due" | "done" = "new";
  let repairCount = 0;

  const holdingOf = (number: number): Holding | undefined => grants().holdingByNumber.get(number);

  /** The rows of a range with their stamps, read from disk where they are there only. */
  const rowsOf = async (number: number): Promise<readonly StampedRow[]> => {
    const range = holdingOf(number)?.range;
    if (!range) return [];
    await core.disk.load(core.disk.absentIn([range], -1));
    return stampedRows(core.overlay.base, range);
  };

  const proofOf = async (number: number): Promise<readonly [range: number, count: number, digest: string]> => {
    const digest = digestOfRows(await rowsOf(number));
    return [number, digest.count, digestText(digest)];
  };

  const ask = async (range: number): Promise<void> => {
    asked = range;
    isConfirming = false;
    const fault = open.get(range) && ({ fault: true } as const);
    send({ type: "repair", range, ...questionOf(await rowsOf(range)), ...fault });
  };

  /** Goes on with the next range, and says which queries may be wrong meanwhile. */
  const goOn = async (): Promise<void> => {
    for (const number of open.keys()) if (!holdingOf(number)) open.delete(number);
    if (asked !== undefined && !open.has(asked)) asked = undefined;
    const [next] = open.keys();
    if (asked === undefined && next !== undefined) await ask(next);
    await core.doubt([...open.keys(), ...stopped].flatMap((number) => holdingOf(number)?.range.table ?? []));
  };

  const askAgain = (): void => {
    reading = "due";
    send({ type: "verify" });
  };

  const tell = (): void =>
    onChange({ repairCount, stoppedRanges: [...stopped].flatMap((number) => holdingOf(number)?.spec ?? []) });

  const fail = (range: number): void => {
    const nowMs = core.nowMs();
    if (nowMs - (failedMs.get(range) ?? -Infinity) < failedAgainMs) {
      open.delete(range);
      stopped.add(range);
      send({ type: "stopped", range });
    } else {
      open.set(range, true);
      repairCount++;
    }
    failedMs.set(range, nowMs);
    tell();
  };

  return {
    get isProven() {
      return open.size === 0;
    },
    async checked({ version, sum, ranges = [] }) {
      if (version !== core.state.version) return;
      if (sum !== undefined) {
        // What was not needed yet is not read for this before it had its time, and more than fits not every time.
        if (!core.disk.isWhole && reading !== "due") {
          if (reading === "new") core.world.clock.after(diskDelayMs, askAgain);
          reading = "done";
          return;
        }
        reading = "done";
        const ranges = [...grants().holdingByNumber.keys()];
        if (sumOfDigests(await Promise.all(ranges.map(proofOf))) !== sum) send({ type: "verify", ranges });
        return;
      }
      for (const [range, count, digest] of ranges) {
        // One that is to be repaired has been found already.
        const isFound = open.has(range) && !(isConfirming && range === asked);
        if (isFound || stopped.has(range) || !holdingOf(range)) continue;
        const own = await proofOf(range);
        if (asked === range) asked = undefined;
        if (own[1] === count && own[2] === digest) open.delete(range);
        else fail(range);
      }
      await goOn();
    },
    async differs({ range, level, buckets }) {
      if (range !== asked) return;
      send({ type: "repair", range, level, items: itemsOf(bucketsOf(await rowsOf(range), level), buckets) });
    },
    async poked({ repaired = [] }, compare) {
      for (const range of compare) if (!open.has(range)) open.set(range, false);
      if (repaired.some(([range]) => range === asked)) {
        isConfirming = true;
        send({ type: "verify", ranges: repaired.map(([range]) => range) });
      }
      if (open.size > 0) await goOn();
    },
    reset() {
      asked = undefined;
      reading = "new";
    },
    async repair() {
      failedMs.clear();
      stopped.clear();
      tell();
      askAgain();
      await goOn();
    },
  };
}

/** What a range holds, in short: few rows one by one, of many the sum of each bucket (SY37). */
function questionOf(rows: readonly StampedRow[]): Pick<Repair, "level" | "items" | "prints"> {
  if (rows.length <= listedRowsMax) return { level: 0, items: [[0, printsOf(rows)]] };
  const level = Math.min(Math.ceil(Math.log2(rows.length / bucketRows)), bucketLevelMax);
  const buckets = bucketsOf(rows, level);
  const sums = Array.from({ length: 2 ** level }, (_, bucket) => sumOf(buckets.get(bucket)));
  return { level, prints: printsText(sums) };
}

/** The rows of the buckets that differ, as many as one repair may have. */
function itemsOf(
  rowsByBucket: ReadonlyMap<number, readonly StampedRow[]>,
  buckets: DifferMessage["buckets"],
): readonly (readonly [bucket: number, prints: string])[] {
  let room = repairRowsMax;
  return buckets.flatMap(([bucket, parts]) =>
    readPrints(parts).flatMap((print, part): (readonly [number, string])[] => {
      const rows = rowsByBucket.get(bucket * 16 + part) ?? [];
      return sumOf(rows) === print || (room -= rows.length) < 0 ? [] : [[bucket * 16 + part, printsOf(rows)]];
    }),
  );
}

function bucketsOf(rows: readonly StampedRow[], level: number): ReadonlyMap<number, readonly StampedRow[]> {
  const buckets = new Map<number, StampedRow[]>();
  for (const row of rows) {
    const bucket = bucketOfRow(row, level);
    const inside = buckets.get(bucket);
    if (inside) inside.push(row);
    else buckets.set(bucket, [row]);
  }
  return buckets;
}

function sumOf(rows: readonly StampedRow[] = []): number {
  return rows.reduce((sum, row) => (sum + printOfRow(row)) >>> 0, 0);
}

function printsOf(rows: readonly StampedRow[]): string {
  return printsText(rows.map(printOfRow));
}
