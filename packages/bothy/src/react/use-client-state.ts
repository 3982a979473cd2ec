import { useMemo, useSyncExternalStore } from "react";
import type { BothyClient, ClientStatus, OutboxEntry, RejectedEntry } from "../client/index.ts";
import { useClient } from "./provider.tsx";

/** How this device stands with its deployment: online or not, what waits, when it was last in step. */
export function useConnection(): ClientStatus {
  return useObserved(useClient().status);
}

/** The changes that wait for the deployment, oldest first. */
export function useOutbox(): readonly OutboxEntry[] {
  return useObserved(useClient().outbox);
}

/** The changes that were refused or parked, and what can be done with them. */
export interface RejectedChanges {
  readonly entries: readonly RejectedEntry[];
  /** Makes a change again, with the same or with other arguments. */
  readonly retry: BothyClient["retry"];
  /** Forgets a change. */
  readonly discard: BothyClient["discard"];
}

/** The list of refused changes. */
export function useRejected(): RejectedChanges {
  const client = useClient();
  const entries = useObserved(client.rejected);
  return useMemo(
    () => ({
      entries,
      retry: (n, args) => client.retry(n, args),
      discard: (n) => client.discard(n),
    }),
    [client, entries],
  );
}

function useObserved<T>(observed: { readonly value: T; subscribe(listener: () => void): () => void }): T {
  const read = (): T => observed.value;
  return useSyncExternalStore(observed.subscribe, read, read);
}
