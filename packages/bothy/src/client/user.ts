import { unsentChanges, type ClientStorage, type Replacement } from "../storage/index.ts";
import type { Core } from "./core.ts";
import { putRow } from "./stored-rows.ts";

/** What becomes of a user's data on this device when somebody signs out. */
export interface SignOutOptions {
  /** Keeps rows and unsent changes aside, until the same user signs in here again. */
  readonly keep?: boolean;
  /** Deletes changes that were never sent, too. */
  readonly discardUnsent?: boolean;
}

/** Who uses this device from now on. */
export interface SwitchUserOptions extends SignOutOptions {
  /** The next user's token; without one the deployment makes an anonymous user, or knows the kept device by its key. */
  readonly token?: string;
  /** The next user's `tokenIdentifier`, or the name of what was kept: data that was kept aside is put back in place. */
  readonly user?: string;
}

/** Decides what takes the place of a database; throws `unsent_changes` where that would lose what somebody has done. */
export async function planReplacement(
  core: Core,
  storage: ClientStorage,
  { keep, discardUnsent, token, user }: SwitchUserOptions,
): Promise<Replacement> {
  const unsentCount =
    core.overlay.pending.length + core.rejected.value.filter(({ state }) => state === "parked").length;
  if (unsentCount > 0 && !keep && !discardUnsent) throw unsentChanges(unsentCount);
  const kept =
    user === undefined ? undefined : (await storage.listKept()).find((one) => one.user === user || one.name === user);
  const label = { user: core.identity.value?.tokenIdentifier ?? "", unsentCount, keptMs: core.nowMs() };
  return {
    ...(keep ? { keep: label } : { discardUnsent: discardUnsent ?? false }),
    ...(kept && { open: kept.name }),
    ...(token !== undefined && { operations: [putRow("meta", ["token"], token)] }),
  };
}
