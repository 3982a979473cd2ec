import { RangeIndex, encodeKeyElement, keyAfterPrefix, type KeyRange, type Schema } from "bothy/internal";
import type { Clock } from "../base/index.ts";
import type { CommitRequest, DocumentWrite, Reservation } from "./engine.ts";
import type { ContentionFigures } from "./engine-figures.ts";
import { WrittenKeys, eachWrittenKey } from "./written-keys.ts";

/** What a transaction read and wrote when it lost: the next run is expected to do the same. */
export type Footprint = Pick<CommitRequest, "reads" | "writes">;

/** How long a transaction is let alone with what it reserved, from its turn on. */
export const holdMs = 50;
/** Turns that may pass without a commit. */
export const holdsMax = 3;
/** How long a transaction waits for its turn at most: more than this and the server cannot keep up with these writes. */
export const waitMs = 5_000;
/** Transactions that may stand in line at a time; one more is told `contention` at once. */
export const reservationsMax = 8_192;

interface Place {
  readonly reservation: Reservation;
  /** Order of arrival. */
  ticket: number;
  footprint: Footprint;
  state: "waiting" | "held" | "ended";
  /** Earlier ones that write what it reads, or read what it writes: it waits for them. */
  readonly ahead: Set<Place>;
  readonly behind: Set<Place>;
  /** Turns that have passed without a commit. */
  holds: number;
  isSpent: boolean;
  wake: () => void;
  cancelTimer: () => void;
  /** Takes its ranges and keys out of the indexes of all. */
  readonly leaving: (() => void)[];
}

/**
 * Who may write where while transactions meet again and again (EN14 to EN18): one that has lost reserves what it read and
 * wrote, in order of arrival. Nothing is decided here: whoever commits is validated all the same.
 */
export class Reservations {
  readonly #clock: Clock;
  readonly #schema: () => Schema;
  readonly #places = new Map<Reservation, Place>();
  readonly #readers = new RangeIndex<Place>();
  readonly #writers = new WrittenKeys<Place>();
  #lastTicket = 0;
  readonly #counts = { reservations: 0, waits: 0, expired: 0, givenUp: 0 };

  constructor(clock: Clock, schema: () => Schema) {
    this.#clock = clock;
    this.#schema = schema;
  }

  get figures(): ContentionFigures {
    return { ...this.#counts, reserved: this.#places.size };
  }

  /** Takes a place in line; with `own` the place stays and holds from now on what the last run read and wrote. */
  reserve(footprint: Footprint, own?: Reservation): Reservation {
    const former = own === undefined ? undefined : this.#places.get(own);
    if (former !== undefined) {
      this.#place(former, footprint);
      return former.reservation;
    }
    this.#counts.reservations++;
    const place = createPlace(++this.#lastTicket, footprint, (ended) => this.#end(ended));
    if (this.#places.size >= reservationsMax) this.#giveUp(place);
    else {
      this.#places.set(place.reservation, place);
      this.#place(place, footprint);
    }
    return place.reservation;
  }

  /** Tells whether a commit writes into what others have reserved before it. */
  mustWait(writes: readonly DocumentWrite[], own: Reservation | undefined): boolean {
    if (this.#places.size === 0 || writes.length === 0) return false;
    const ticket = (own === undefined ? undefined : this.#places.get(own)?.ticket) ?? Number.POSITIVE_INFINITY;
    let meets = false;
    for (const write of writes) {
      eachWrittenKey(this.#schema(), write, (index, key) => {
        this.#readers.match(write.table, index, key, (place) => (meets ||= place.ticket < ticket));
      });
      if (meets) break;
    }
    if (meets) this.#counts.waits++;
    return meets;
  }

  /** Ends all: what they reserved are ranges of a schema that is no longer in force. */
  endAll(): void {
    for (const place of [...this.#places.values()].reverse()) this.#end(place);
  }

  #place(place: Place, footprint: Footprint): void {
    const behind = this.#leave(place);
    place.footprint = footprint;
    place.state = "waiting";
    this.#enter(place);
    if (place.ahead.size === 0) this.#hold(place);
    else place.cancelTimer = this.#clock.after(waitMs, () => this.#giveUp(place));
    this.#holdFree(behind);
  }

  #enter(place: Place): void {
    const { reads, writes } = place.footprint;
    // A document that is written counts as read: nobody else must change it meanwhile.
    const ranges = [...reads, ...writes.map(rangeOfDocument)];
    this.#connect(place, ranges);
    for (const range of ranges) place.leaving.push(this.#readers.add(range, place));
    for (const write of writes) {
      eachWrittenKey(this.#schema(), write, (index, key) => {
        place.leaving.push(this.#writers.add(write.table, index, key, place));
      });
    }
  }

  /** Finds those that write what this one reads, or read what it writes: the later of two waits for the earlier. */
  #connect(place: Place, ranges: readonly KeyRange[]): void {
    const meet = (other: Place): void => {
      const [first, second] = other.ticket < place.ticket ? [other, place] : [place, other];
      // One that is running already goes on; its commit will be looked at.
      if (second.state !== "waiting") return;
      first.behind.add(second);
      second.ahead.add(first);
    };
    for (const range of ranges) this.#writers.match(range, meet);
    for (const write of place.footprint.writes) {
      eachWrittenKey(this.#schema(), write, (index, key) => this.#readers.match(write.table, index, key, meet));
    }
  }

  /** Takes a place out of line, and returns those that stood behind it. */
  #leave(place: Place): readonly Place[] {
    place.cancelTimer();
    for (const leave of place.leaving.splice(0)) leave();
    for (const other of place.ahead) other.behind.delete(place);
    place.ahead.clear();
    const behind = [...place.behind];
    place.behind.clear();
    for (const other of behind) other.ahead.delete(place);
    return behind;
  }

  #holdFree(places: readonly Place[]): void {
    for (const place of places) if (place.state === "waiting" && place.ahead.size === 0) this.#hold(place);
  }

  #hold(place: Place): void {
    place.cancelTimer();
    place.state = "held";
    place.cancelTimer = this.#clock.after(holdMs, () => this.#expire(place));
    place.wake();
  }

  /** It had its time: the others go first, and it stands in line again. */
  #expire(place: Place): void {
    this.#counts.expired++;
    if (++place.holds >= holdsMax) return this.#giveUp(place);
    place.ticket = ++this.#lastTicket;
    this.#place(place, place.footprint);
  }

  #giveUp(place: Place): void {
    this.#counts.givenUp++;
    place.isSpent = true;
    this.#end(place);
  }

  #end(place: Place): void {
    if (place.state === "ended") return;
    place.state = "ended";
    this.#places.delete(place.reservation);
    this.#holdFree(this.#leave(place));
    place.wake();
  }
}

function createPlace(ticket: number, footprint: Footprint, end: (place: Place) => void): Place {
  const reservation: Reservation = {
    get isSpent() {
      return place.isSpent;
    },
    turn: () => (place.state === "waiting" ? new Promise((resolve) => void (place.wake = resolve)) : Promise.resolve()),
    end: () => end(place),
  };
  const place: Place = {
    reservation,
    ticket,
    footprint,
    state: "waiting",
    ahead: new Set(),
    behind: new Set(),
    holds: 0,
    isSpent: false,
    wake: () => undefined,
    cancelTimer: () => undefined,
    leaving: [],
  };
  return place;
}

/** The range that holds one document and no other. */
export function rangeOfDocument({ table, id }: Pick<DocumentWrite, "table" | "id">): KeyRange {
  const key = encodeKeyElement(id);
  return { table, index: "by_id", equalities: 1, lower: key, upper: keyAfterPrefix(key) };
}
