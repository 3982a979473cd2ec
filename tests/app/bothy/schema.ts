import { defineSchema, defineTable, v } from "bothy";

/** The app that the suites run: rooms with members, their messages, and private notes. */
export default defineSchema({
  members: defineTable({ room: v.string(), user: v.string() })
    .index("by_user", ["user", "room"])
    .index("by_room", ["room", "user"]),
  messages: defineTable({ room: v.string(), author: v.string(), body: v.string(), isClosed: v.boolean() }).index(
    "by_room",
    ["room"],
  ),
  notes: defineTable({ user: v.string(), text: v.string() }).index("by_user", ["user"]),
  counters: defineTable({ name: v.string(), value: v.number() }).index("by_name", ["name"]),
  lists: defineTable({ key: v.string(), values: v.array(v.number()) }).index("by_key", ["key"]),
  elements: defineTable({ key: v.string(), position: v.number(), value: v.number() }).index("by_key", [
    "key",
    "position",
  ]),
});
