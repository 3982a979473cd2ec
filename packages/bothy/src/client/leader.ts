import { hydrate, hydrateAgain } from "./hydrate.ts";
import { openSession, type Beginning, type Leader, type LeaderOptions } from "./leader-session.ts";
import { lockFound, openContact } from "./leases.ts";
import { readKept, type StoredHolds } from "./stored-rows.ts";

/** Takes the lead: raises the fence, makes sure that this tab shows what is stored, and connects. Runs inside `core.serial`. */
export async function openLeader(options: LeaderOptions): Promise<Leader> {
  const { core, storage, found } = options;
  const fence = await storage.raiseFence();
  const current =
    found && found.poke === core.poke
      ? await hydrateAgain(core.schema, storage, { stamp: core.stamp, known: found })
      : await hydrate(core.schema, storage, core.stamp);
  const contact = await openContact(core.world, storage);
  const stored = readKept<StoredHolds>(await storage.get("meta", ["holds"]));
  const beginning: Beginning = {
    found: await lockFound(core.schema, storage, { found: current, silentMs: contact.silentMs() }),
    contact,
    // What another version of the app has stored is not known to be all.
    scopes: (stored?.scopes ?? []).map((one) => (current.isSchemaSame ? one : { ...one, state: "loading" })),
  };
  return await openSession(options, fence, beginning);
}
