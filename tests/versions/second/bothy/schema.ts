import { defineSchema, defineTable, v } from "bothy";

/** A field has another name, one more is there, one is gone, and a state is new. */
export default defineSchema({
  reports: defineTable({
    place: v.string(),
    note: v.optional(v.string()),
    remarks: v.optional(v.string()),
    status: v.union(v.literal("open"), v.literal("closed"), v.literal("urgent")),
    severity: v.optional(v.string()),
  })
    .index("by_place", ["place"])
    .index("by_severity", ["severity"])
    .lens({
      renamed: { note: "remarks" },
      defaults: { note: "" },
      values: { status: { down: { urgent: "open" } } },
    }),
});
