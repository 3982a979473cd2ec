/** What a run does, step by step: hashed always, and kept as lines when somebody wants to read them. */
export interface Trace {
  /** A step of the run: hashed with its virtual time. */
  step(nowMs: number, what: string): void;
  /** A number over all steps so far; two runs that did the same have the same. */
  hash(): string;
  readonly stepCount: number;
  /** The steps as lines, if they are kept. */
  readonly lines: readonly string[];
}

/** Makes an empty trace; lines cost memory and are kept only for a story or a comparison. */
export function createTrace(keepsLines: boolean): Trace {
  let [low, high, stepCount] = [0x811c9dc5 | 0, 0x9e3779b9 | 0, 0];
  const lines: string[] = [];
  const add = (text: string): void => {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      low = Math.imul(low ^ unit, 0x01000193);
      high = Math.imul(high + unit, 0x85ebca6b) ^ (high >>> 13);
    }
  };
  return {
    step(nowMs, what) {
      stepCount++;
      low = Math.imul(low ^ Math.round(nowMs * 1_000), 0x01000193);
      add(what);
      if (keepsLines) lines.push(`${nowMs.toFixed(3).padStart(10)}  ${what}`);
    },
    hash: () => (low >>> 0).toString(16).padStart(8, "0") + (high >>> 0).toString(16).padStart(8, "0"),
    get stepCount() {
      return stepCount;
    },
    lines,
  };
}
