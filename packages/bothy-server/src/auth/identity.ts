import type { WireIdentity } from "bothy/internal";

/** The identity under which functions run for a user of a deployment. */
export function identityOf(serverId: string, userId: string): WireIdentity {
  return { tokenIdentifier: `${serverId}|${userId}`, issuer: serverId, subject: userId };
}
