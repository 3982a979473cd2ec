import { keyRangeOf, type KeyRange } from "../schema/index.ts";
import { idOf, moveHoldings } from "./base-state.ts";
import type { Core } from "./core.ts";
import type { PokePlan, WholePoke } from "./plan-poke.ts";
import type { Segment } from "./segments.ts";

/** More documents than this are not looked for one by one. */
const idsMax = 64;

/**
 * What a poke makes it necessary to have in memory: an effect names every row that leaves, also where a range ends or comes
 * anew and nobody lists what was inside. Rows that only change need not be there, but those of tables with projections.
 */
export function segmentsConcerned(
  { schema, disk, overlay }: Pick<Core, "schema" | "disk" | "overlay">,
  { header }: WholePoke,
  { effect: { isReset, ranges, tables }, grants: { holdingByNumber } }: PokePlan,
): readonly Segment[] {
  if (isReset || disk.isWhole) return [];
  const all: KeyRange[] = [];
  if (ranges) for (const { range } of moveHoldings(schema, overlay.base.holdings, ranges).ended) all.push(range);
  for (const [number] of [...(header.grant ?? []), ...(header.still ?? []), ...(header.repaired ?? [])]) {
    const holding = holdingByNumber.get(number);
    if (holding) all.push(holding.range);
  }
  // What a projection shows of a row is put together from what is held of it and what is told.
  for (const { table, rows, removed } of tables) {
    if (!schema.tables[table]?.projections.length) continue;
    const ids = [...removed, ...rows.map(([, document]) => idOf(document))];
    const prefixes = ids.length > idsMax ? [[]] : ids.map((id) => [id]);
    for (const prefix of prefixes) all.push(keyRangeOf(schema, { table, index: "by_id", prefix }));
  }
  const { since } = header;
  const kept = since === undefined ? [] : [...holdingByNumber.values()].map(({ range }) => range);
  return [...disk.absentIn(all, -1), ...disk.absentIn(kept, since ?? 0)];
}
