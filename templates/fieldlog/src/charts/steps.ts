// The steps of the map: five shades say more than a thousand, if their bounds are numbers that one can read.

/** A shade of the map and the counts for which it stands, both bounds included. */
export interface Step {
  readonly from: number;
  readonly to: number;
  /** 1 to 5, from least to most: the shades in between are left out where there are fewer steps. */
  readonly shade: number;
}

const stepCountMax = 5;

/**
 * Up to five steps with about as many states in each. Bounds are round numbers, but the last, which is the highest count.
 * No counts, no steps.
 */
export function stepsOf(counts: readonly number[]): readonly Step[] {
  const sorted = counts.filter((count) => count > 0).sort((a, b) => a - b);
  const least = sorted[0];
  const most = sorted.at(-1);
  if (least === undefined || most === undefined) return [];
  const bounds = new Set([roundDown(least)]);
  for (let part = 1; part < stepCountMax; part += 1) {
    const bound = roundDown(sorted[Math.floor((sorted.length * part) / stepCountMax)] ?? least);
    if (bound > least) bounds.add(bound);
  }
  const starts = [...bounds].sort((a, b) => a - b);
  return starts.map((from, index) => ({
    from,
    to: (starts[index + 1] ?? most + 1) - 1,
    shade: starts.length === 1 ? stepCountMax : 1 + Math.round((index * (stepCountMax - 1)) / (starts.length - 1)),
  }));
}

/** The shade of a count: 0 where there is nothing. */
export function shadeOf(count: number, steps: readonly Step[]): number {
  return steps.find(({ from, to }) => count >= from && count <= to)?.shade ?? 0;
}

/** To 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8 or 9 times a power of ten. */
function roundDown(count: number): number {
  const power = 10 ** Math.floor(Math.log10(count));
  const heads = power >= 10 ? [9, 8, 7, 6, 5, 4, 3, 2.5, 2, 1.5, 1] : [9, 8, 7, 6, 5, 4, 3, 2, 1];
  return (heads.find((head) => head * power <= count) ?? 1) * power;
}
