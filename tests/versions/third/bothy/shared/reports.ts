import { query } from "bothy";

/** All that is left of it. */
export const count = query({
  args: {},
  handler: async ({ db }) => (await db.query("reports").collect()).length,
});
