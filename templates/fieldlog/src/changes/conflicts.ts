import { useQuery } from "bothy/react";
import { api } from "../../bothy/_generated/api.js";
import type { Conflict } from "../../bothy/shared/conflicts.ts";

const none: readonly Conflict[] = [];

/** The fields of the held reports that two devices wrote without knowing of each other, and that nobody has settled. */
export function useConflicts(): readonly Conflict[] {
  return useQuery(api.shared.history.conflicts, {}).value ?? none;
}
