import { defineSchema, defineTable, v } from "bothy";

/** The app that the suites run: rooms with members, their messages, private notes, and reports. */
export default defineSchema({
  members: defineTable({ room: v.string(), user: v.string() })
    .index("by_user", ["user", "room"])
    .index("by_room", ["room", "user"]),
  messages: defineTable({ room: v.string(), author: v.string(), body: v.string(), isClosed: v.boolean() }).index(
    "by_room",
    ["room"],
  ),
  notes: defineTable({ user: v.string(), text: v.string() }).index("by_user", ["user"]),
  reports: defineTable({ airport: v.string(), title: v.string(), body: v.string() })
    .index("by_airport", ["airport"])
    .projection("line", ["airport", "title"]),
  counters: defineTable({ name: v.string(), value: v.number() }).index("by_name", ["name"]),
  lists: defineTable({ key: v.string(), values: v.array(v.number()) }).index("by_key", ["key"]),
  elements: defineTable({ key: v.string(), position: v.number(), value: v.number() }).index("by_key", [
    "key",
    "position",
  ]),
});
