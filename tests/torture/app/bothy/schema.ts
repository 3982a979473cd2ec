import { defineSchema, defineTable, v } from "bothy";

/** What the torture writes: everything lies in a space, and a user sees the spaces that they were granted. */
export default defineSchema({
  grants: defineTable({ user: v.string(), space: v.string() })
    .index("by_user", ["user", "space"])
    .index("by_space", ["space"]),
  items: defineTable({ space: v.string(), owner: v.union(v.string(), v.null()), tag: v.string() }).index("by_space", [
    "space",
    "tag",
  ]),
  lefts: defineTable({ space: v.string(), tag: v.string() }).index("by_space", ["space"]),
  rights: defineTable({ space: v.string(), tag: v.string() }).index("by_space", ["space"]),
  counters: defineTable({ space: v.string(), count: v.number() }).index("by_space", ["space"]),
  claims: defineTable({ space: v.string(), slot: v.number(), tag: v.string() }).index("by_space", ["space", "slot"]),
});
