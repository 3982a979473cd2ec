// Who is calling, and under which name others see what they write.

import type { QueryCtx } from "../_generated/server.js";
import { refusal } from "./refusals.ts";

type Caller = Pick<QueryCtx, "db" | "auth">;

/** The caller's stable name, for what belongs to them alone: profile and picks. */
export async function requireCaller({ auth }: Pick<Caller, "auth">): Promise<string> {
  const identity = await auth.getUserIdentity();
  if (identity === null) throw refusal({ kind: "signed_out", message: "This needs a signed-in device." });
  return identity.tokenIdentifier;
}

/** The caller's display name: stored with what they write, because devices do not hold the profiles of others. */
export async function callerName({ db, auth }: Caller): Promise<string> {
  const tokenIdentifier = await requireCaller({ auth });
  const profile = await db
    .query("profiles")
    .withIndex("by_token", (q) => q.eq("tokenIdentifier", tokenIdentifier))
    .unique();
  return profile?.name ?? "Unnamed observer";
}
