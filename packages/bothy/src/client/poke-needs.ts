import { rangeTag } from "../protocol/index.ts";
import type { KeyRange } from "../schema/index.ts";
import { createHolding, type Effect } from "./base-state.ts";
import type { Core } from "./core.ts";
import type { WholePoke } from "./plan-poke.ts";
import type { Segment } from "./segments.ts";

/**
 * What a poke makes it necessary to have in memory: an effect names every row that leaves, also where a range ends or comes
 * anew and nobody lists what was inside. Rows that only change need not be there.
 */
export function segmentsConcerned(
  { schema, disk, overlay }: Pick<Core, "schema" | "disk" | "overlay">,
  { header }: WholePoke,
  { isReset, ranges }: Effect,
): readonly Segment[] {
  if (isReset || disk.isWhole) return [];
  const all: KeyRange[] = [];
  const kept: KeyRange[] = [];
  if (ranges) {
    const edgeByTag = new Map(ranges.map(({ spec, edge }) => [rangeTag(spec), edge]));
    for (const { tag, edge, range } of overlay.base.holdings.values()) if (edgeByTag.get(tag) !== edge) all.push(range);
  }
  for (const [, spec, edge, how] of header.grant ?? []) {
    (how === "kept" ? kept : all).push(createHolding(schema, { spec, edge }).range);
  }
  const { since } = header;
  return [...disk.absentIn(all, -1), ...(since === undefined ? [] : disk.absentIn(kept, since))];
}
