const firstDelayMs = 250;
const delayMsMax = 15_000;

/** How long to wait before the next attempt to connect: doubling, bounded, and spread so that clients do not come all at once. */
export function reconnectDelayMs(failureCount: number, random: () => number): number {
  const wholeMs = Math.min(delayMsMax, firstDelayMs * 2 ** Math.min(failureCount - 1, 16));
  return wholeMs * (0.5 + random() / 2);
}
