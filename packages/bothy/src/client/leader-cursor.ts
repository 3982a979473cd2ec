import type { CursorMessage, Hello } from "../protocol/index.ts";
import type { Hydrated } from "./hydrate.ts";
import type { LeaderState } from "./leader-state.ts";
import { grantedRanges } from "./plan-poke.ts";
import { deleteRow, putRow, readStored, type StoredCursor } from "./stored-rows.ts";

/** Reads what is stored; it counts with the rows that it was stored with. */
export async function readCursor(
  leader: LeaderState,
  { state, isSchemaSame }: Pick<Hydrated, "isSchemaSame" | "state">,
): Promise<void> {
  const cursor = readStored<StoredCursor>(await leader.storage.get("meta", ["cursor"]));
  const isCurrent = cursor?.server === state?.server && cursor?.epoch === state?.epoch;
  if (isCurrent && isSchemaSame) leader.cursor = cursor;
}

/** What a hello says of it. */
export function helloCursor(leader: LeaderState): Hello["cursor"] {
  const { core, cursor } = leader;
  leader.offered = cursor?.ranges ?? [];
  if (!cursor) return undefined;
  const { seal, version, ranges } = cursor;
  const lost = ranges.flatMap(([tag], place) => (core.overlay.base.holdings.has(tag) ? [] : [place]));
  return { seal, version, ranges, lost: lost.length > 0 ? lost : undefined };
}

/** Keeps the proof of what was just stored. */
export function keepCursor(leader: LeaderState, { version, seal }: CursorMessage): void {
  const { core } = leader;
  if (version !== core.state.version) return;
  leader.cursor = { ...core.stamp, ...leader.deployment, seal, version, ranges: grantedRanges(leader.grants) };
  leader.tell({ lastSyncedMs: core.nowMs() });
  void leader.writer.write([putRow("meta", ["cursor"], leader.cursor)]);
}

/** We do not hold what the deployment takes us to hold: without a cursor everything comes whole, in one step. */
export function startOver(leader: LeaderState): void {
  leader.cursor = undefined;
  void leader.writer.write([deleteRow("meta", ["cursor"])]);
  leader.restart("now");
}
