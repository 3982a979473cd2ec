/** The time and the randomness that a handler is to see. */
export interface FrozenMoment {
  readonly timeMs: number;
  readonly random: () => number;
}

// The globals are one for the whole page, so handlers of all its clients take turns.
let lastTurn: Promise<void> = Promise.resolve();

/**
 * Runs `body` while `Date.now()`, `new Date()` and `Math.random()` give the captured moment, and restores them when it has
 * settled. Bodies run one after another; each must settle in microtasks, or the page would live in its moment.
 */
export async function runFrozen<T>(moment: FrozenMoment, body: () => Promise<T>): Promise<T> {
  const before = lastTurn;
  let finish = (): void => undefined;
  lastTurn = new Promise((resolve) => {
    finish = resolve;
  });
  await before;
  const restore = freeze(moment);
  try {
    return await body();
  } finally {
    restore();
    finish();
  }
}

function freeze({ timeMs, random }: FrozenMoment): () => void {
  const RealDate = globalThis.Date;
  const realRandom = Math.random;
  // A proxy, not a subclass: `instanceof Date`, `Date.UTC` and dates made from a number stay what they were.
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, given, asked) =>
      Reflect.construct(target, given.length === 0 ? [timeMs] : given, asked === globalThis.Date ? target : asked),
    apply: (target) => new target(timeMs).toString(),
    get: (target, part) => (part === "now" ? () => timeMs : Reflect.get(target, part)),
  });
  Math.random = random;
  return () => {
    globalThis.Date = RealDate;
    Math.random = realRandom;
  };
}
