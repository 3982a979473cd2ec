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

/** Tells whenever a user has left the device, from whichever tab, for as long as the page lives. */
export function watchLeaving(client: Pick<BothyClient, "status">, onLeft: () => void): void {
  const readUser = () => client.status.value.identity?.tokenIdentifier;
  let user = readUser();
  client.status.subscribe(() => {
    const last = user;
    user = readUser();
    if (last !== undefined && user !== last) onLeft();
  });
}
