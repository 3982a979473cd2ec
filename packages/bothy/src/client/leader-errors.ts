import { BothyError, isBothyError } from "../errors/index.ts";
import type { ErrorMessage } from "../protocol/index.ts";
import { fromWireError } from "../values/index.ts";
import { dropToken } from "./leader-identity.ts";
import { noteReplaced, ownRecord, takeNewDevice } from "./leader-record.ts";
import type { LeaderState } from "./leader-state.ts";
import { floorOf, takeNewId } from "./resume.ts";

/** Takes an error of the deployment: what it means for this device, and when it is tried again. */
export async function takeError(leader: LeaderState, { error, isFatal, query }: ErrorMessage): Promise<void> {
  const { restart, tell } = leader;
  if (query !== undefined && !isFatal) return leader.subscriptions.answered({ query, error });
  const typed = asInternal(fromWireError(error));
  if (!isFatal) return tell({}, typed);
  switch (typed.code) {
    case "protocol_unsupported":
    case "schema_mismatch":
      restart("refused");
      return tell({ state: "updateNeeded" }, typed);
    case "unauthorized":
    case "token_foreign":
      return await dropToken(leader, typed);
    case "device_foreign":
    case "device_copied": {
      const own = ownRecord(leader);
      return await takeNewDevice(leader, takeNewId(own, typed.code === "device_copied" ? own.acked : floorOf(own)));
    }
    case "device_replaced":
      return await giveWayOrInsist(leader, typed);
    default:
      restart("later");
      return tell({ state: "offline" }, typed);
  }
}

/** What went wrong, where nothing of what was thrown is meant for an app. */
export function asInternal(error: unknown): BothyError {
  return isBothyError(error) ? error : new BothyError("internal", { message: String(error), cause: error });
}

/** Another socket of this device: of a tab that leads now, or of a copy of this profile. */
async function giveWayOrInsist(leader: LeaderState, error: BothyError): Promise<void> {
  const { writer } = leader;
  if ((await leader.storage.get("meta", ["fence"])) !== writer.fence) return leader.listener.onReplaced();
  // Nobody here has taken over, so the other one has another storage: a copy. A higher fence makes us heard once more, and
  // the deployment's record then says what is ours.
  noteReplaced(leader);
  await writer.raiseFence();
  leader.tell({}, error);
  leader.restart("later");
}
