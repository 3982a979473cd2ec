import type { ClientWorld } from "../base/index.ts";

/** Stands for leader: waits for the lock, or leads at once where there are no locks. Returns the way to stand down. */
export function standForLeader(
  world: ClientWorld,
  { name, isLeading }: { readonly name: string; readonly isLeading: () => boolean },
  lead: () => void,
): () => void {
  if (world.locks) return world.locks.hold(name, lead);
  lead();
  // Without locks another tab may take over; this one takes its turn when it is looked at again.
  return world.signals.onChange(() => {
    if (!isLeading() && world.signals.isVisible()) lead();
  });
}
