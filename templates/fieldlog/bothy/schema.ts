import { defineSchema, defineTable, v } from "bothy";
import { reportFields } from "./shared/fields.ts";

// Whatever a device holds is a prefix of one of these indexes: see scopes.ts.
export default defineSchema({
  /** A user's own; one for each, made when a name is first set. */
  profiles: defineTable({
    tokenIdentifier: v.string(),
    name: v.string(),
  }).index("by_token", ["tokenIdentifier"]),

  airports: defineTable({
    name: v.string(),
    /** Absent where only the reports name an airport and no code is known. */
    iata: v.optional(v.string()),
    city: v.optional(v.string()),
    state: v.optional(v.string()),
    country: v.string(),
    latitude: v.optional(v.number()),
    longitude: v.optional(v.number()),
    /** Created from reports, because the list of airports did not have it. */
    isUnlisted: v.optional(v.boolean()),
    reportCount: v.number(),
  }).index("by_report_count", ["reportCount"]),

  /** An airport whose reports a user wants on their devices. */
  picks: defineTable({
    owner: v.string(),
    airportId: v.id("airports"),
  }).index("by_owner", ["owner", "airportId"]),

  reports: defineTable({
    airportId: v.id("airports"),
    ...reportFields.fields,
    status: v.union(v.literal("open"), v.literal("closed")),
    authorName: v.optional(v.string()),
    /** Given by the device that filed it: names the report while the server has not seen it yet. */
    draftKey: v.optional(v.string()),
    updatedMs: v.optional(v.number()),
    updatedBy: v.optional(v.string()),
    closedMs: v.optional(v.number()),
    closedBy: v.optional(v.string()),
  })
    .index("by_airport", ["airportId", "date"])
    .index("by_draft", ["airportId", "draftKey"]),

  comments: defineTable({
    airportId: v.id("airports"),
    reportId: v.id("reports"),
    authorName: v.string(),
    body: v.string(),
    // The airport comes first, so that one range holds all comments of an airport and implies those of each report.
  }).index("by_report", ["airportId", "reportId"]),

  /** One row once the records of the seed are all in. No scope returns it, so it never leaves the server. */
  seedRuns: defineTable({
    source: v.string(),
    reportCount: v.number(),
  }),
});
