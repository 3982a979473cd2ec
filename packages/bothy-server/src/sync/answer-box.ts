import type { Outcome, PokeHeader, Version } from "bothy/internal";

interface Answer {
  readonly version: Version;
  readonly outcome: Outcome;
  readonly sizeBytes: number;
}

/** Outcomes of one device's mutations that travel in its next poke (SY20). */
export class AnswerBox {
  #waiting: Answer[] = [];
  #sizeBytes = 0;

  get size(): number {
    return this.#waiting.length;
  }

  /** The length of what waits as text. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** `version`: the commit that has to be durable and in the same poke. */
  add(version: Version, outcome: Outcome, sizeBytes: number): void {
    this.#waiting.push({ version, outcome, sizeBytes });
    this.#sizeBytes += sizeBytes;
  }

  /** Takes what belongs into a poke to a version, as fields of its header. */
  take(to: Version): Pick<PokeHeader, "ack" | "outcomes"> {
    if (this.#waiting.length === 0) return {};
    const outcomes: Outcome[] = [];
    let ack = 0;
    this.#waiting = this.#waiting.filter(({ version, outcome, sizeBytes }) => {
      if (version > to) return true;
      this.#sizeBytes -= sizeBytes;
      outcomes.push(outcome);
      ack = Math.max(ack, outcome[0]);
      return false;
    });
    return outcomes.length === 0 ? {} : { ack, outcomes };
  }

  /** True when something waits that belongs into a poke to a version. */
  isDueAt(to: Version): boolean {
    return this.#waiting.some(({ version }) => version <= to);
  }
}
