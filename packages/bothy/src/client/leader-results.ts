import type { LeaderState } from "./leader-state.ts";
import { deleteRow } from "./stored-rows.ts";

/** How much later a storage that refused to list its answers is asked again. */
const forgetAgainMs = 5_000;

/** An answer that nobody asks for any longer is never brought up to date: it may be of what was just taken away (C9). */
export function forgetLeftResults(leader: LeaderState): void {
  const { core, storage, subscriptions, writer } = leader;
  const forget = async (): Promise<void> => {
    const stored = await storage.list("result");
    const left = stored.filter(({ key }) => !subscriptions.has(key[0]));
    await writer.write(left.map(({ key }) => deleteRow("result", key)));
  };
  forget().catch(() => core.world.clock.after(forgetAgainMs, () => leader.run(async () => forgetLeftResults(leader))));
}
