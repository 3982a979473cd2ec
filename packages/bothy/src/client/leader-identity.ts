import type { BothyError } from "../errors/index.ts";
import type { Welcome } from "../protocol/index.ts";
import type { StorageOperation } from "../storage/index.ts";
import type { LeaderState } from "./leader-state.ts";
import { deleteRow, putRow } from "./stored-rows.ts";

/** Reads the storage, where any tab may have changed both. */
export async function readIdentity(leader: LeaderState): Promise<void> {
  const { storage } = leader;
  const token = await storage.get("meta", ["token"]);
  leader.token = typeof token === "string" ? token : undefined;
  leader.isPaused = (await storage.get("meta", ["paused"])) !== undefined;
}

/** Keeps who a welcome says that this is. */
export async function keepIdentity(leader: LeaderState, { token, identity }: Welcome): Promise<void> {
  const { core } = leader;
  const operations: StorageOperation[] = [];
  if (token !== undefined) {
    leader.token = token;
    operations.push(putRow("meta", ["token"], token));
  }
  if (core.identity.value?.tokenIdentifier !== identity.tokenIdentifier) {
    operations.push(putRow("meta", ["identity"], identity));
    await core.setIdentity(identity);
    leader.listener.onIdentity();
  }
  if (operations.length > 0) void leader.writer.write(operations);
}

/** The device's id and key are enough for a new token (SY3); without one to drop there is nothing to try. */
export async function dropToken(leader: LeaderState, error: BothyError): Promise<void> {
  const hadToken = leader.token !== undefined;
  leader.token = undefined;
  await leader.writer.write([deleteRow("meta", ["token"])]);
  if (!hadToken) leader.tell({ state: "offline" }, error);
  leader.restart(hadToken ? "now" : "refused");
}
