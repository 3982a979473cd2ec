import type { ClientStorage } from "../storage/index.ts";
import type { Core } from "./core.ts";
import { readKept, type RejectedCall } from "./stored-rows.ts";

/** Reads the list of refused calls. */
export async function readRejected(parts: {
  readonly core: Pick<Core, "rejected">;
  readonly storage: ClientStorage;
}): Promise<void> {
  const rows = await parts.storage.list("rejected");
  parts.core.rejected.set(rows.flatMap(({ row }) => readKept<RejectedCall>(row) ?? []));
}
