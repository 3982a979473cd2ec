import { defineSchema, defineTable, v } from "bothy";

export default defineSchema({
  reports: defineTable({
    place: v.string(),
    note: v.string(),
    status: v.union(v.literal("open"), v.literal("closed")),
    weight: v.optional(v.number()),
  }).index("by_place", ["place"]),
});
