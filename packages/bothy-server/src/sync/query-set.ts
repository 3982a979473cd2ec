import { BothyError } from "bothy/internal";
import type { Subscribe, Version, WireIdentity } from "bothy/internal";
import type { Live, LiveResult, LiveSubscription } from "../live/index.ts";

interface Slot {
  subscription: LiveSubscription | undefined;
  /** Everything but number and version of the last result that was sent. */
  sentText: string | undefined;
  /** A result that was not sent yet. */
  waiting: LiveResult | undefined;
}

/** The server-only queries to which one device subscribes (SY26). */
export class QuerySet {
  readonly #live: Live;
  readonly #identity: WireIdentity;
  readonly #queriesMax: number;
  readonly #onResult: () => void;
  readonly #slotByNumber = new Map<number, Slot>();
  readonly #waiting = new Set<number>();

  constructor(live: Live, identity: WireIdentity, queriesMax: number, onResult: () => void) {
    this.#live = live;
    this.#identity = identity;
    this.#queriesMax = queriesMax;
    this.#onResult = onResult;
  }

  /** Throws what is wrong with the subscription. */
  subscribe({ query, name, args }: Subscribe): void {
    if (this.#slotByNumber.has(query)) throw numberTaken(query);
    if (this.#slotByNumber.size >= this.#queriesMax) throw tooMany(this.#queriesMax);
    const slot: Slot = { subscription: undefined, sentText: undefined, waiting: undefined };
    this.#slotByNumber.set(query, slot);
    const call = { name, kind: "query", mayCallInternal: false, args, identity: this.#identity } as const;
    slot.subscription = this.#live.subscribe(call, (result) => {
      slot.waiting = result;
      this.#waiting.add(query);
      this.#onResult();
    });
  }

  unsubscribe(query: number): void {
    this.#slotByNumber.get(query)?.subscription?.close();
    this.#slotByNumber.delete(query);
    this.#waiting.delete(query);
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

function tooMany(queriesMax: number): BothyError {
  return new BothyError("limit_exceeded", {
    message: `A device can subscribe to at most ${queriesMax} queries at a time.`,
    fix: "Unsubscribe from those that are no longer shown.",
  });
}
