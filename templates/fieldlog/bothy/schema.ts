import { defineSchema, defineTable, v } from "bothy";
import { reportFields } from "./shared/fields.ts";
import { historyKind, replacedField } from "./shared/conflicts.ts";

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
    status: v.union(v.literal("open"), v.literal("reviewed"), v.literal("closed")),
    authorName: v.optional(v.string()),
    /** Given by the device that filed it: names the report while the server has not seen it yet. */
    draftKey: v.optional(v.string()),
    updatedMs: v.optional(v.number()),
    updatedBy: v.optional(v.string()),
    reviewedMs: v.optional(v.number()),
    reviewedBy: v.optional(v.string()),
    closedMs: v.optional(v.number()),
    closedBy: v.optional(v.string()),
    /** Where a closed report stood before, and stands again once it is reopened; absent where the record came closed. */
    closedFrom: v.optional(v.union(v.literal("open"), v.literal("reviewed"))),
    /** How many acts its history has; absent in records that nobody has touched here. */
    actCount: v.optional(v.number()),
  })
    .index("by_airport", ["airportId", "date"])
    .index("by_draft", ["airportId", "draftKey"]),

  comments: defineTable({
    airportId: v.id("airports"),
    reportId: v.id("reports"),
    authorName: v.string(),
    /** The author's profile, if they had one: by it a device knows its own user among people of the same name. */
    authorId: v.optional(v.id("profiles")),
    body: v.string(),
    /** The comment that this one answers, which is itself no answer. */
    inReplyTo: v.optional(v.id("comments")),
    // The airport comes first, so that one range holds all comments of an airport and implies those of each report.
  }).index("by_report", ["airportId", "reportId"]),

  /** What was done to a report: one row for each act, written by the act itself. Rows are never taken away. */
  history: defineTable({
    airportId: v.id("airports"),
    reportId: v.id("reports"),
    /** Its place among the acts on this report, from 1: the order in which the server took them, which clocks can't tell. */
    place: v.number(),
    kind: historyKind,
    by: v.string(),
    byId: v.optional(v.id("profiles")),
    fields: v.optional(v.array(replacedField)),
    /** While one of its fields is a conflict that nobody has settled. */
    hasConflict: v.optional(v.boolean()),
  })
    .index("by_report", ["airportId", "reportId", "place"])
    .index("by_conflict", ["airportId", "hasConflict"]),

  /** One row once the records of the seed are all in. No scope returns it, so it never leaves the server. */
  seedRuns: defineTable({
    source: v.string(),
    reportCount: v.number(),
  }),
});
