import { defineSchema, defineTable, v } from "bothy";

/** The tables of the second, whose author has forgotten who runs the first. */
export default defineSchema({
  reports: defineTable({
    place: v.string(),
    note: v.optional(v.string()),
    remarks: v.optional(v.string()),
    status: v.union(v.literal("open"), v.literal("closed"), v.literal("urgent")),
    severity: v.optional(v.string()),
  })
    .index("by_place", ["place"])
    .index("by_severity", ["severity"]),
});
