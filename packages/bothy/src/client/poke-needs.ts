import { rangeTag } from "../protocol/index.ts";
import type { KeyRange } from "../schema/index.ts";
import type { Core } from "./core.ts";
import type { EffectPlan, WholePoke } from "./plan-poke.ts";
import type { Segment } from "./segments.ts";

/**
 * What a poke makes it necessary to have in memory: an effect names every row that leaves, also where a range ends or comes
 * anew and nobody lists what was inside. Rows that only change need not be there.
 */
export function segmentsConcerned(
  { disk, overlay }: Pick<Core, "disk" | "overlay">,
  { header }: WholePoke,
  { effect: { isReset, ranges }, grants: { holdingByNumber } }: EffectPlan,
): readonly Segment[] {
  if (isReset || disk.isWhole) return [];
  const all: KeyRange[] = [];
  if (ranges) {
    const edgeByTag = new Map(ranges.map(({ spec, edge }) => [rangeTag(spec), edge]));
    for (const { tag, edge, range } of overlay.base.holdings.values()) if (edgeByTag.get(tag) !== edge) all.push(range);
  }
  for (const [number] of [...(header.grant ?? []), ...(header.still ?? []), ...(header.repaired ?? [])]) {
    const holding = holdingByNumber.get(number);
    if (holding) all.push(holding.range);
  }
  const { since } = header;
  const kept = since === undefined ? [] : [...holdingByNumber.values()].map(({ range }) => range);
  return [...disk.absentIn(all, -1), ...disk.absentIn(kept, since ?? 0)];
}
