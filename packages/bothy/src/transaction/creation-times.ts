const float = new Float64Array(1);
const bits = new BigInt64Array(float.buffer);

/**
 * Gives out the creation times of one transaction: its time, then each time the next greater number that there is, so that
 * documents of one transaction have an order (TX8).
 */
export function createCreationTimes(timeMs: number): () => number {
  let next = timeMs;
  return () => {
    const time = next;
    // The bits of a positive float, as an integer, are followed by those of the next greater float.
    float[0] = time;
    bits[0] = (bits[0] ?? 0n) + 1n;
    next = float[0];
    return time;
  };
}
