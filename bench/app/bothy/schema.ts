import { defineSchema, defineTable, v } from "bothy";

/** The rows that the benchmarks write and read: about 250 bytes each, with two indexes. */
export default defineSchema({
  items: defineTable({ room: v.string(), rank: v.number(), text: v.string(), count: v.number() })
    .index("by_room", ["room"])
    .index("by_room_rank", ["room", "rank"]),
  rooms: defineTable({ user: v.string(), room: v.string() }).index("by_user", ["user"]),
});
