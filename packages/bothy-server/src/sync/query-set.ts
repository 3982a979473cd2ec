import { BothyError, toWireError } from "bothy/internal";
import type { Subscribe, Version, WireIdentity } from "bothy/internal";
import type { Live, LiveResult, LiveSubscription } from "../live/index.ts";
import type { SyncLimits } from "./limits.ts";

interface Slot {
  subscription: LiveSubscription | undefined;
  /** Everything but number and version of the last result that was sent. */
  sentText: string | undefined;
  /** A result that was not sent yet. */
  waiting: LiveResult | undefined;
  /** Text of its arguments and of its last result. */
  readonly argsBytes: number;
  resultBytes: number;
}

/** What the server-only queries of one device may come to. */
export type QueryLimits = Pick<SyncLimits, "queriesMax" | "queriesBytes">;

/** The server-only queries to which one device subscribes (SY26). */
export class QuerySet {
  readonly #live: Live;
  readonly #identity: WireIdentity;
  readonly #limits: QueryLimits;
  readonly #onResult: () => void;
  readonly #slotByNumber = new Map<number, Slot>();
  readonly #waiting = new Set<number>();
  #sizeBytes = 0;

  constructor(live: Live, identity: WireIdentity, limits: QueryLimits, onResult: () => void) {
    this.#live = live;
    this.#identity = identity;
    this.#limits = limits;
    this.#onResult = onResult;
  }

  /** Throws what is wrong with the subscription. */
  subscribe({ query, name, args }: Subscribe): void {
    if (this.#slotByNumber.has(query)) throw numberTaken(query);
    const { queriesMax, queriesBytes } = this.#limits;
    if (this.#slotByNumber.size >= queriesMax) throw tooMany(queriesMax);
    const argsBytes = JSON.stringify(args).length;
    if (this.#sizeBytes + argsBytes > queriesBytes) throw tooLarge(queriesBytes);
    const slot: Slot = { subscription: undefined, sentText: undefined, waiting: undefined, argsBytes, resultBytes: 0 };
    this.#sizeBytes += argsBytes;
    this.#slotByNumber.set(query, slot);
    const call = { name, kind: "query", mayCallInternal: false, args, identity: this.#identity } as const;
    slot.subscription = this.#live.subscribe(call, (result) => {
      slot.waiting = this.#keep(slot, result);
      this.#waiting.add(query);
      this.#onResult();
    });
  }

  unsubscribe(query: number): void {
    const slot = this.#slotByNumber.get(query);
    if (slot === undefined) return;
    slot.subscription?.close();
    this.#sizeBytes -= slot.argsBytes + slot.resultBytes;
    this.#slotByNumber.delete(query);
    this.#waiting.delete(query);
  }

  /** The result, or that all of them have become too large: then this one is not kept up to date any more. */
  #keep(slot: Slot, result: LiveResult): LiveResult {
    const { queriesBytes } = this.#limits;
    const sizeBytes = textOf(result).length;
    const grownBytes = this.#sizeBytes + sizeBytes - slot.resultBytes;
    const isKept = grownBytes <= queriesBytes;
    this.#sizeBytes = isKept ? grownBytes : this.#sizeBytes - slot.resultBytes;
    slot.resultBytes = isKept ? sizeBytes : 0;
    if (isKept) return result;
    slot.subscription?.close();
    return { kind: "failed", snapshot: result.snapshot, error: toWireError(tooLarge(queriesBytes)) };
  }

  /** Texts of the results that are not newer than what the device knows, without those that it has already. */
  *takeTexts(version: Version): Iterable<string> {
    for (const query of this.#waiting) {
      const slot = this.#slotByNumber.get(query);
      const result = slot?.waiting;
      if (slot === undefined || result === undefined || result.snapshot > version) continue;
      this.#waiting.delete(query);
      slot.waiting = undefined;
      const text = textOf(result);
      if (text === slot.sentText) continue;
      slot.sentText = text;
      yield `{"type":"result","query":${query},"version":${result.snapshot},${text}}`;
    }
  }

  close(): void {
    for (const { subscription } of this.#slotByNumber.values()) subscription?.close();
    this.#slotByNumber.clear();
    this.#waiting.clear();
  }
}

const textByResult = new WeakMap<LiveResult, string>();

/** The part of a result's message that is the same for all who are told it. */
function textOf(result: LiveResult): string {
  let text = textByResult.get(result);
  if (text === undefined) {
    text =
      result.kind === "returned"
        ? `"value":${JSON.stringify(result.value)}`
        : `"error":${JSON.stringify(result.error)}`;
    textByResult.set(result, text);
  }
  return text;
}

function numberTaken(query: number): BothyError {
  return new BothyError("frame_invalid", {
    message: `Query ${query} is subscribed already.`,
    fix: "Number the queries of a connection so that each is unlike the others.",
  });
}

function tooLarge(queriesBytes: number): BothyError {
  return new BothyError("limit_exceeded", {
    message: `Arguments and results of the queries that a device subscribes to come to more than ${queriesBytes} bytes.`,
    fix: "Return less from each, page by page, and unsubscribe from those that are no longer shown.",
  });
}

function tooMany(queriesMax: number): BothyError {
  return new BothyError("limit_exceeded", {
    message: `A device can subscribe to at most ${queriesMax} queries at a time.`,
    fix: "Unsubscribe from those that are no longer shown.",
  });
}
