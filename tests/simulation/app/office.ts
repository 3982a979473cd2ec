import { AppError, v } from "bothy";
import { mutation, query } from "./words.ts";

/** Appends a row to a list that no device holds. */
export const enter = mutation({
  args: { op: v.string(), list: v.number(), value: v.string() },
  handler: async ({ db }, { list, value }) => {
    const last = await db
      .query("entries")
      .withIndex("by_list", (q) => q.eq("list", list))
      .order("desc")
      .first();
    const position = (last?.position ?? 0) + 1;
    if (position > 12) throw new AppError({ kind: "full", list });
    await db.insert("entries", { list, position, value });
    return position;
  },
});

/** The rows of a list, read page by page. */
export const entries = query({
  args: { list: v.number(), pageSize: v.number() },
  handler: async ({ db }, { list, pageSize }) => {
    const values: string[] = [];
    let cursor: string | null = null;
    for (;;) {
      const result: { page: { value: string }[]; isDone: boolean; continueCursor: string } = await db
        .query("entries")
        .withIndex("by_list", (q) => q.eq("list", list))
        .paginate({ numItems: pageSize, cursor });
      values.push(...result.page.map(({ value }) => value));
      if (result.isDone) return values;
      cursor = result.continueCursor;
    }
  },
});

/** How many notes each room has, for whoever may ask on the server. */
export const counts = query({
  args: {},
  handler: async ({ db }) => {
    const all = await db.query("notes").withIndex("by_room").collect();
    const countByRoom = new Map<string, number>();
    for (const { room } of all) countByRoom.set(room, (countByRoom.get(room) ?? 0) + 1);
    return [...countByRoom].map(([room, count]) => ({ room, count }));
  },
});
