import { v } from "bothy";
import type { Doc, Id } from "../_generated/dataModel.js";
import { mutation, query, type MutationCtx } from "../_generated/server.js";
import { refusal } from "./refusals.ts";
import { picksOf, requireCaller } from "./who.ts";

/** As many airports as a device follows. */
export const pickCountMax = 100;

/** The airports that the caller has picked, by name. */
export const airports = query({
  args: {},
  handler: async ({ db, auth }) => {
    const identity = await auth.getUserIdentity();
    if (identity === null) return [];
    const picks = await picksOf(db, identity.tokenIdentifier);
    const picked: Doc<"airports">[] = [];
    for (const pick of picks) {
      const airport = await db.get(pick.airportId);
      if (airport !== null) picked.push(airport);
    }
    return picked.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  },
});

/** Brings an airport's reports onto the caller's devices. Picking twice is picking once. */
export const add = mutation({
  args: { airportId: v.id("airports") },
  handler: async ({ db, auth }, { airportId }) => {
    await pick({ db, owner: await requireCaller({ auth }) }, [airportId]);
    return null;
  },
});

/** The same for several airports, as one change. */
export const addMany = mutation({
  args: { airportIds: v.array(v.id("airports")) },
  handler: async ({ db, auth }, { airportIds }) => {
    await pick({ db, owner: await requireCaller({ auth }) }, airportIds);
    return null;
  },
});

/** Takes an airport's reports off the caller's devices. */
export const remove = mutation({
  args: { airportId: v.id("airports") },
  handler: async ({ db, auth }, { airportId }) => {
    const owner = await requireCaller({ auth });
    const picks = await db
      .query("picks")
      .withIndex("by_owner", (q) => q.eq("owner", owner).eq("airportId", airportId))
      .collect();
    for (const pick of picks) await db.delete(pick._id);
    return null;
  },
});

interface Picker {
  readonly db: MutationCtx["db"];
  readonly owner: string;
}

async function pick({ db, owner }: Picker, airportIds: readonly Id<"airports">[]): Promise<void> {
  const picks = await picksOf(db, owner);
  const picked = new Set(picks.map(({ airportId }) => airportId));
  for (const airportId of airportIds) {
    if ((await db.get(airportId)) === null) {
      throw refusal({ kind: "airport_missing", message: "There is no such airport." });
    }
    if (picked.has(airportId)) continue;
    if (picked.size >= pickCountMax) {
      throw refusal({ kind: "too_many_picks", message: `A device follows at most ${pickCountMax} airports.` });
    }
    picked.add(airportId);
    await db.insert("picks", { owner, airportId });
  }
}
