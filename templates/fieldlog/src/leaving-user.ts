// What this browser keeps of a person beside the database: it goes with them, so that the next one finds the device clean.

import type { BothyClient } from "bothy/client";
import { forgetSent } from "./changes/sent-changes.ts";
import { dropDrafts } from "./reports/form-draft.ts";
import { navigate } from "./route.ts";
import { forgetProgress } from "./try/watch-progress.ts";

/** Forgets what a person typed, sent and tried here. Settings of the browser stay: they belong to the device. */
export function forgetUser(): void {
  dropDrafts();
  forgetSent();
  forgetProgress();
  // A form that stands open holds what its author typed.
  navigate({ screen: "reports", pane: { kind: "none" }, filters: {} }, "replace");
}

/** Where a tab notes whose drafts it keeps. */
const ownerKey = "fieldlog:owner";

/**
 * Tells whenever a user has left the device, from whichever tab, for as long as the page lives; and of a tab that the
 * browser brings back with all that it kept, once another user than its own is known to be here.
 */
export function watchLeaving(client: Pick<BothyClient, "status">, onLeft: () => void): void {
  const readUser = () => client.status.value.identity?.tokenIdentifier;
  let user = readUser();
  client.status.subscribe(() => {
    const last = user ?? readOwner();
    const isSilent = user === undefined && readUser() === undefined;
    user = readUser();
    // Until the device says who is here, nobody is another.
    if (isSilent || user === last) return;
    noteOwner(user);
    if (last !== undefined) onLeft();
  });
}

function readOwner(): string | undefined {
  try {
    return sessionStorage.getItem(ownerKey) ?? undefined;
  } catch {
    // Where pages keep nothing, a tab comes back with no drafts either.
    return undefined;
  }
}

function noteOwner(user: string | undefined): void {
  try {
    if (user === undefined) sessionStorage.removeItem(ownerKey);
    else sessionStorage.setItem(ownerKey, user);
  } catch {
    // As above.
  }
}
