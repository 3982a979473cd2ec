import type { ClientClock } from "../base/index.ts";
import type { ClientStorage } from "../storage/index.ts";

/** How long a segment may be refused before it is given up. */
const givenUpAfterMs = 5_000;

/** A storage that tells of a segment which it refuses, or has no more, again and again: its rows can only come from the deployment. */
export function watchSegments(storage: ClientStorage, clock: ClientClock, onGivenUp: () => void): ClientStorage {
  const refusedAtMs = new Map<string, number>();
  const noteRefused = (name: string): void => {
    const nowMs = clock.monotonicMs();
    const firstMs = refusedAtMs.get(name) ?? nowMs;
    refusedAtMs.set(name, firstMs);
    if (nowMs - firstMs >= givenUpAfterMs) onGivenUp();
  };
  return {
    ...storage,
    async get(store, key) {
      if (store !== "segment") return await storage.get(store, key);
      const name = key.join();
      try {
        const row = await storage.get(store, key);
        if (row === undefined) noteRefused(name);
        else refusedAtMs.delete(name);
        return row;
      } catch (error) {
        noteRefused(name);
        throw error;
      }
    },
  };
}
