import { defineSchema, defineTable, v } from "bothy";

const tables = {
  lists: defineTable({ key: v.number(), items: v.array(v.string()) }).index("by_key", ["key"]),
  entries: defineTable({ list: v.number(), position: v.number(), value: v.string() })
    .index("by_list", ["list", "position"])
    .index("by_value", ["value"])
    .projection("places", ["list", "position"]),
  notes: defineTable({ room: v.string(), owner: v.string(), rank: v.number(), body: v.string() })
    .index("by_room", ["room", "rank"])
    .index("by_owner", ["owner"])
    .index("by_body", ["body"]),
  members: defineTable({ user: v.string(), room: v.string() })
    .index("by_user", ["user", "room"])
    .index("by_room", ["room"]),
};

/** The schema of the simulated app: lists to append to, notes that a membership opens, counters that all write. */
export const schema = defineSchema({
  ...tables,
  counters: defineTable({ name: v.string(), count: v.number() }).index("by_name", ["name"]),
});

/** The same app a version later: an optional field more, and an index more. */
export const nextSchema = defineSchema({
  ...tables,
  counters: defineTable({ name: v.string(), count: v.number(), remark: v.optional(v.string()) })
    .index("by_name", ["name"])
    .index("by_count", ["count"]),
});
