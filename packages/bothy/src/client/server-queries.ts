import type { WireError } from "../errors/index.ts";
import type { ClientStorage, StorageOperation } from "../storage/index.ts";
import { readValue, fromWireError } from "../values/index.ts";
import type { Core } from "./core.ts";
import type { QueryResult } from "./live-queries.ts";
import { deleteRow, putRow, readStored, type StoredResult } from "./stored-rows.ts";
import type { WireResult } from "./subscribed-query.ts";

/** Shows the last stored answer of a server-only query until a newer one comes (CL8). */
export async function showStoredResult(core: Core, storage: ClientStorage, key: string): Promise<void> {
  const stored = readStored<StoredResult>(await storage.get("result", [key]));
  if (stored === undefined) return;
  core.queries.show(key, { value: readValue(stored.value), complete: false, status: "updating" });
}

/** The result that an answer of the deployment is. */
export function resultOf({ value, error }: WireResult): QueryResult {
  if (value !== undefined) return { value: readValue(value), complete: true, status: "ok" };
  const wire: WireError = error ?? { code: "internal", message: "The deployment sent no value." };
  return { value: undefined, complete: false, status: "error", error: fromWireError(wire) };
}

/** Keeps an answer for the next start. A refusal takes the place of the answer before: who asks may no longer see that. */
export function storeResult(core: Core, key: string, { value }: WireResult): StorageOperation {
  if (value === undefined) return deleteRow("result", [key]);
  const row: StoredResult = { ...core.stamp, value, atMs: core.nowMs() };
  return putRow("result", [key], row);
}

/** Who of the tabs watches which server-only query; the leader subscribes to each once. */
export interface Subscribers {
  /** True when this tab did not watch it before. */
  add(tab: string, key: string): boolean;
  /** True when nobody watches it any more. */
  remove(tab: string, key: string): boolean;
  /** The queries that only this tab watched. */
  removeTab(tab: string): readonly string[];
}

/** Makes an empty list of subscribers. */
export function createSubscribers(): Subscribers {
  const tabsByKey = new Map<string, Set<string>>();
  const remove = (tab: string, key: string): boolean => {
    const tabs = tabsByKey.get(key);
    if (!tabs?.delete(tab) || tabs.size > 0) return false;
    tabsByKey.delete(key);
    return true;
  };
  return {
    add(tab, key) {
      const tabs = tabsByKey.get(key) ?? new Set();
      tabsByKey.set(key, tabs);
      return tabs.size < tabs.add(tab).size;
    },
    remove,
    removeTab: (tab) => [...tabsByKey.keys()].filter((key) => remove(tab, key)),
  };
}
