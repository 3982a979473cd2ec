// What this tab has seen leave the outbox since it was opened: so that a person sees that it was sent, not only that it is gone.

import type { BothyClient, OutboxEntry } from "bothy/client";
import { useSyncExternalStore } from "react";

export interface SentChange extends OutboxEntry {
  readonly n: number;
  /** When it was seen to have left. */
  readonly sentMs: number;
}

/** Older ones are dropped: it is a look back, no archive. */
const keptMax = 50;

let sent: readonly SentChange[] = [];
const listeners = new Set<() => void>();

/** Those that have left between two looks at the outbox, newest first, before those that left earlier. */
export function addSent(
  before: readonly SentChange[],
  left: readonly OutboxEntry[],
  { sentMs, rejectedNs }: { readonly sentMs: number; readonly rejectedNs: ReadonlySet<number> },
): readonly SentChange[] {
  const added = left.flatMap(({ n, ...entry }) => (n === null || rejectedNs.has(n) ? [] : [{ ...entry, n, sentMs }]));
  return [...added.reverse(), ...before].slice(0, keptMax);
}

/** Watches a client's outbox for as long as the page lives. */
export function watchSent(client: BothyClient): void {
  let waiting = client.outbox.value;
  const rejectedNs = new Set(client.rejected.value.map(({ n }) => n));
  client.outbox.subscribe(() => {
    const now = new Set(client.outbox.value.map(({ n }) => n));
    const left = waiting.filter(({ n }) => !now.has(n));
    waiting = client.outbox.value;
    // Only a server takes changes; an outbox that empties without one was another user's.
    if (left.length > 0 && client.status.value.state === "online") {
      setSent(addSent(sent, left, { sentMs: Date.now(), rejectedNs }));
    }
  });
  // A refusal is told a moment after its change has left.
  client.rejected.subscribe(() => {
    for (const { n } of client.rejected.value) rejectedNs.add(n);
    setSent(sent.filter(({ n }) => !rejectedNs.has(n)));
  });
}

/** Forgets what was sent: it was another user's. */
export function forgetSent(): void {
  setSent([]);
}

function setSent(next: readonly SentChange[]): void {
  if (next.length === 0 && sent.length === 0) return;
  sent = next;
  for (const listener of listeners) listener();
}

/** The changes that were sent while this page was open, newest first. */
export function useSent(): readonly SentChange[] {
  return useSyncExternalStore(subscribe, () => sent);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
