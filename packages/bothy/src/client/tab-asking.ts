import { encodeValue } from "../values/index.ts";
import type { DeviceTab } from "./tab-state.ts";
import type { HoldRequest, OwnRequest } from "./holds.ts";
import type { QueryCall } from "./live-queries.ts";
import type { TabMessage } from "./tabs.ts";

/** Tells the other tabs something. */
export function post(tab: DeviceTab, message: TabMessage): void {
  tab.tabs?.post(message);
}

/** Server-only queries are subscribed to while somebody watches them: by the leader, for all tabs. */
export function watch(tab: DeviceTab, call: QueryCall, isWatched: boolean): void {
  if (tab.core.functions.has(call.name)) return;
  const query = { ...call, args: encodeValue(call.args) };
  const message = { kind: isWatched ? "subscribe" : "unsubscribe", tab: tab.id, query } as const;
  if (tab.leader) hearWatch(tab, message);
  else post(tab, message);
}

/** A query is asked anew for a tab that comes to it: the answer to those before went out when this one did not listen. */
export function hearWatch(
  { leader, subscribers }: DeviceTab,
  { kind, tab, query }: TabMessage & { readonly kind: "subscribe" | "unsubscribe" },
): void {
  const isWatched = kind === "subscribe";
  if (subscribers[isWatched ? "add" : "remove"](tab, query.key)) leader?.subscriptions.unsubscribe(query.key);
  if (isWatched) leader?.subscriptions.subscribe(query);
}

/** Asks for a scope, or lets it go. */
export function askHold(tab: DeviceTab, request: OwnRequest): void {
  const asked: HoldRequest = { ...request, tab: tab.id };
  if (tab.leader) tab.leader.holds.ask(asked);
  else post(tab, asked);
}

/** A leader hears of all that this tab shows of the deployment. */
export function askAgain(tab: DeviceTab): void {
  for (const call of tab.core.queries.watched()) watch(tab, call, true);
  tab.holds.askAgain();
}

/** Has all that this device holds verified, also what was given up. */
export function repair(tab: DeviceTab): void {
  if (tab.leader) tab.leader.repair();
  else post(tab, { kind: "repair" });
}
