// Who is calling, and under which name others see what they write.

import type { Doc, Id } from "../_generated/dataModel.js";
import type { QueryCtx } from "../_generated/server.js";
import { refusal } from "./refusals.ts";

type Db = QueryCtx["db"];
type Caller = Pick<QueryCtx, "db" | "auth">;

/** The caller's stable name, for what belongs to them alone: profile and picks. */
export async function requireCaller({ auth }: Pick<Caller, "auth">): Promise<string> {
  const identity = await auth.getUserIdentity();
  if (identity === null) throw refusal({ kind: "signed_out", message: "This needs a signed-in device." });
  return identity.tokenIdentifier;
}

/** Who writes: their display name, and their profile once they have set one. */
export interface Author {
  readonly by: string;
  readonly byId?: Id<"profiles">;
}

/** The caller as an author. The name is stored with what they write, because devices do not hold the profiles of others. */
export async function requireAuthor({ db, auth }: Caller): Promise<Author> {
  const tokenIdentifier = await requireCaller({ auth });
  const profile = await profileOf(db, tokenIdentifier);
  return profile === null ? { by: "Unnamed observer" } : { by: profile.name, byId: profile._id };
}

/** What a user has said of themselves, or null while they have set no name. */
export async function profileOf(db: Db, tokenIdentifier: string): Promise<Doc<"profiles"> | null> {
  return await db
    .query("profiles")
    .withIndex("by_token", (q) => q.eq("tokenIdentifier", tokenIdentifier))
    .unique();
}

/** The airports that a user has picked. */
export async function picksOf(db: Db, owner: string): Promise<Doc<"picks">[]> {
  return await db
    .query("picks")
    .withIndex("by_owner", (q) => q.eq("owner", owner))
    .collect();
}
