/** The app of the client's tests: notes in lists, of which a user sees those that they are a member of. */
import { AppError } from "../errors/index.ts";
import { createFunctions, type FunctionReference } from "../functions/index.ts";
import { defineSchema, defineTable, type DataModelFromSchema } from "../schema/index.ts";
import { v } from "../values/index.ts";
import type { ClientApp } from "./core.ts";

export const schema = defineSchema({
  notes: defineTable({ list: v.string(), rank: v.number(), text: v.string(), stamp: v.optional(v.number()) }).index(
    "by_list",
    ["list", "rank"],
  ),
  members: defineTable({ list: v.string(), user: v.string() }).index("by_user", ["user"]),
});

const { query, mutation } = createFunctions<DataModelFromSchema<typeof schema>>();

const notes = {
  inList: query({
    args: { list: v.string() },
    handler: async ({ db }, { list }) => {
      const found = await db
        .query("notes")
        .withIndex("by_list", (q) => q.eq("list", list))
        .collect();
      return found.map((note) => note.text);
    },
  }),
  add: mutation({
    args: { list: v.string(), rank: v.number(), text: v.string() },
    handler: async ({ db }, { list, rank, text }) => {
      if (text === "forbidden") throw new AppError({ reason: "forbidden" });
      return await db.insert("notes", { list, rank, text, stamp: Date.now() + Math.random() });
    },
  }),
  /** Passes on a device that has not seen that the list is closed. */
  addUnlessClosed: mutation({
    args: { list: v.string(), rank: v.number(), text: v.string() },
    handler: async ({ db }, { list, rank, text }) => {
      const first = await db
        .query("notes")
        .withIndex("by_list", (q) => q.eq("list", list))
        .first();
      if (first?.text === "closed") throw new AppError({ reason: "closed" });
      return await db.insert("notes", { list, rank, text });
    },
  }),
  append: mutation({
    args: { list: v.string(), text: v.string() },
    handler: async ({ db }, { list, text }) => {
      const first = await db
        .query("notes")
        .withIndex("by_list", (q) => q.eq("list", list))
        .first();
      if (first === null) throw new AppError({ reason: "empty" });
      await db.patch(first._id, { text: `${first.text}${text}` });
      return null;
    },
  }),
  clear: mutation({
    args: { list: v.string() },
    handler: async ({ db }, { list }) => {
      const found = await db
        .query("notes")
        .withIndex("by_list", (q) => q.eq("list", list))
        .collect();
      for (const note of found) await db.delete(note._id);
      return found.length;
    },
  }),
  join: mutation({
    args: { list: v.string() },
    handler: async ({ db, auth }, { list }) => {
      const user = (await auth.getUserIdentity())?.tokenIdentifier ?? "nobody";
      await db.insert("members", { list, user });
      return null;
    },
  }),
  leave: mutation({
    args: { list: v.string() },
    handler: async ({ db, auth }, { list }) => {
      const user = (await auth.getUserIdentity())?.tokenIdentifier ?? "nobody";
      const found = await db
        .query("members")
        .withIndex("by_user", (q) => q.eq("user", user))
        .collect();
      for (const member of found) if (member.list === list) await db.delete(member._id);
      return null;
    },
  }),
  waitForever: mutation({
    args: {},
    handler: async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return null;
    },
  }),
  whoAmI: query({ args: {}, handler: async ({ auth }) => (await auth.getUserIdentity())?.tokenIdentifier ?? null }),
};

export const app: ClientApp = { schema, shared: { "shared/notes": notes } };

/** Functions that run on the deployment only. */
export const serverOnly = {
  count: query({ args: {}, handler: async ({ db }) => (await db.query("notes").collect()).length }),
  touch: mutation({ args: {}, handler: async () => "touched" }),
};

type Query<Args, Returns> = FunctionReference<"query", "public", Args, Returns>;
type Mutation<Args, Returns> = FunctionReference<"mutation", "public", Args, Returns>;

/** References are names here; an app has typed ones from `_generated/api`. */
function reference<Reference>(name: string): Reference {
  return name as unknown as Reference;
}

export const api = {
  inList: reference<Query<{ list: string }, string[]>>("shared/notes:inList"),
  whoAmI: reference<Query<object, string | null>>("shared/notes:whoAmI"),
  add: reference<Mutation<{ list: string; rank: number; text: string }, string>>("shared/notes:add"),
  addUnlessClosed:
    reference<Mutation<{ list: string; rank: number; text: string }, string>>("shared/notes:addUnlessClosed"),
  append: reference<Mutation<{ list: string; text: string }, null>>("shared/notes:append"),
  clear: reference<Mutation<{ list: string }, number>>("shared/notes:clear"),
  join: reference<Mutation<{ list: string }, null>>("shared/notes:join"),
  leave: reference<Mutation<{ list: string }, null>>("shared/notes:leave"),
  waitForever: reference<Mutation<object, null>>("shared/notes:waitForever"),
  count: reference<Query<object, number>>("admin:count"),
  touch: reference<Mutation<object, string>>("admin:touch"),
};
