import { v } from "bothy";
import { mutation, query } from "../_generated/server.js";
import { refusal } from "./refusals.ts";
import { profileOf, requireCaller } from "./who.ts";

const nameLengthMax = 60;

/** The caller's own profile, or null while they have set no name. */
export const mine = query({
  args: {},
  handler: async ({ db, auth }) => {
    const identity = await auth.getUserIdentity();
    if (identity === null) return null;
    return await profileOf(db, identity.tokenIdentifier);
  },
});

/** Sets the name under which others see what the caller writes. */
export const setName = mutation({
  args: { name: v.string() },
  handler: async ({ db, auth }, args) => {
    const tokenIdentifier = await requireCaller({ auth });
    const name = args.name.trim();
    if (name === "" || name.length > nameLengthMax) {
      throw refusal({ kind: "invalid_text", message: `A name has 1 to ${nameLengthMax} characters.` });
    }
    const profile = await profileOf(db, tokenIdentifier);
    if (profile === null) await db.insert("profiles", { tokenIdentifier, name });
    else await db.patch(profile._id, { name });
    return null;
  },
});
