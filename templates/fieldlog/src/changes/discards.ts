// Rejected changes that a person has thrown away, for as long as that can be taken back: until they go elsewhere.
// Noted where a reload finds it, so that what was thrown away does not come back by itself.

import type { BothyClient, RejectedEntry } from "bothy/client";
import { useClient, useRejected } from "bothy/react";
import { useEffect, useMemo, useSyncExternalStore } from "react";

const storageKey = "fieldlog-discards";

/** Those whose change has gone in another way stay noted; nobody throws away more than this at once. */
const notedMax = 1000;

type Named = Pick<RejectedEntry, "n" | "timeMs">;

/** Another device of this profile may come to the same number, not at the same moment. */
function keyOf({ n, timeMs }: Named): string {
  return `${n}:${timeMs}`;
}

let noted: ReadonlySet<string> = readNoted();
/** Those that this window makes final: its own, and what a window before it had left. */
const mine = new Set(noted);
const listeners = new Set<() => void>();

/** Reads a list of keys as it was stored; whatever else stands there is an empty one. */
export function parseNoted(text: string | null): ReadonlySet<string> {
  try {
    const list: unknown = JSON.parse(text ?? "[]");
    return new Set(Array.isArray(list) ? list.filter((key) => typeof key === "string") : []);
  } catch {
    // Not written by this app.
    return new Set();
  }
}

function readNoted(): ReadonlySet<string> {
  try {
    return parseNoted(localStorage.getItem(storageKey));
  } catch {
    // A browser without storage: what is thrown away there is so for as long as the page lives.
    return new Set();
  }
}

function note(next: ReadonlySet<string>): void {
  noted = new Set([...next].slice(-notedMax));
  try {
    if (next.size === 0) localStorage.removeItem(storageKey);
    else localStorage.setItem(storageKey, JSON.stringify([...noted]));
  } catch {
    // As above.
  }
  for (const listener of listeners) listener();
}

/** Throws a rejected change away, until it is taken back or made final. */
export function noteDiscard(entry: Named): void {
  mine.add(keyOf(entry));
  note(new Set([...noted, keyOf(entry)]));
}

/** Takes that back. */
export function undoDiscard(entry: Named): void {
  note(new Set([...noted].filter((key) => key !== keyOf(entry))));
}

function carryOut(client: BothyClient, entries: readonly RejectedEntry[]): void {
  const thrown = entries.filter((entry) => noted.has(keyOf(entry)) && mine.has(keyOf(entry)));
  if (thrown.length === 0) return;
  const keys = new Set(thrown.map(keyOf));
  // One that the storage refuses to forget is listed again.
  void Promise.allSettled(thrown.map(({ n }) => client.discard(n))).then(() =>
    note(new Set([...noted].filter((key) => !keys.has(key)))),
  );
}

function subscribe(listener: () => void): () => void {
  const hear = (event: StorageEvent) => {
    if (event.key !== storageKey) return;
    noted = readNoted();
    listener();
  };
  listeners.add(listener);
  addEventListener("storage", hear);
  return () => {
    listeners.delete(listener);
    removeEventListener("storage", hear);
  };
}

/** Which of the rejected changes are thrown away. */
export function useDiscarded(): (entry: Named) => boolean {
  const keys = useSyncExternalStore(subscribe, () => noted);
  return useMemo(() => (entry) => keys.has(keyOf(entry)), [keys]);
}

/** The rejected changes about which nothing was decided yet. */
export function useOpenRejected(): readonly RejectedEntry[] {
  const { entries } = useRejected();
  const isDiscarded = useDiscarded();
  return useMemo(() => entries.filter((entry) => !isDiscarded(entry)), [entries, isDiscarded]);
}

/** Makes what was thrown away final once its author leaves the place where they did it. */
export function useCarryOutDiscards(place: string): void {
  const client = useClient();
  useEffect(() => () => carryOut(client, client.rejected.value), [client, place]);
}
