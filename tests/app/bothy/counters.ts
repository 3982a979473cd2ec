import { v } from "bothy";
import { internalQuery, mutation } from "./_generated/server.js";
import type { QueryCtx } from "./_generated/server.js";

/** Adds one to each of some counters and returns what they are then; runs on the server only. */
export const addOne = mutation({
  args: { names: v.array(v.string()) },
  returns: v.array(v.number()),
  handler: async ({ db }, { names }) => {
    const values: number[] = [];
    for (const name of names) {
      const counter = await readCounter(db, name);
      const value = (counter?.value ?? 0) + 1;
      if (counter === null) await db.insert("counters", { name, value });
      else await db.patch(counter._id, { value });
      values.push(value);
    }
    return values;
  },
});

/** What some counters are, all at one moment. */
export const read = internalQuery({
  args: { names: v.array(v.string()) },
  returns: v.array(v.number()),
  handler: async ({ db }, { names }) => {
    const values: number[] = [];
    for (const name of names) values.push((await readCounter(db, name))?.value ?? 0);
    return values;
  },
});

function readCounter(db: QueryCtx["db"], name: string) {
  return db
    .query("counters")
    .withIndex("by_name", (q) => q.eq("name", name))
    .unique();
}
