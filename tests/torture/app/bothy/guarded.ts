import { AppError, v } from "bothy";
import { mutation, query, type QueryCtx } from "./_generated/server.js";

/** The tags of a space, whoever asks. */
async function tagsOf({ db }: Pick<QueryCtx, "db">, space: string): Promise<string[]> {
  const items = await db
    .query("items")
    .withIndex("by_space", (q) => q.eq("space", space))
    .collect();
  return items.map(({ tag }) => tag);
}

async function isGranted({ db, auth }: Pick<QueryCtx, "db" | "auth">, space: string): Promise<boolean> {
  const user = (await auth.getUserIdentity())?.tokenIdentifier ?? "";
  const grant = await db
    .query("grants")
    .withIndex("by_user", (q) => q.eq("user", user).eq("space", space))
    .first();
  return grant !== null;
}

/** The tags of a space for who may see it, nothing for others. */
export const peek = query({
  args: { space: v.string() },
  handler: async (context, { space }) => ((await isGranted(context, space)) ? tagsOf(context, space) : []),
});

/** The tags of a space for who may see it; others are refused. */
export const peekOrFail = query({
  args: { space: v.string() },
  handler: async (context, { space }) => {
    if (!(await isGranted(context, space))) throw new AppError({ mayNotSee: space });
    return await tagsOf(context, space);
  },
});

/** Returns something else than it says, which the check of results refuses. */
export const misread = query({
  args: { space: v.string() },
  returns: v.number(),
  handler: async (context, { space }) => (await tagsOf(context, space)) as unknown as number,
});

/** The same as a mutation. */
export const misreport = mutation({
  args: { space: v.string(), tag: v.string() },
  returns: v.number(),
  handler: async (context, { space }) => (await tagsOf(context, space)) as unknown as number,
});

/** Writes a document that its table refuses, made of what is not the caller's. */
export const misplace = mutation({
  args: { space: v.string(), tag: v.string() },
  handler: async (context, { space }) => {
    const tags = await tagsOf(context, space);
    await context.db.insert("counters", { space: "s1", count: tags as unknown as number });
  },
});
