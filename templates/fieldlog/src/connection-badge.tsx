import { useConnection, useRejected } from "bothy/react";
import { Link } from "./elements/link.tsx";
import { formatAge } from "./format.ts";
import { useNow } from "./use-now.ts";

const stateTexts = {
  connecting: "Connecting",
  online: "Online",
  offline: "Offline",
  paused: "Offline by choice",
  ahead: "Waiting for the server",
  updateNeeded: "Update needed",
} as const;

/** The quiet line that says whether the server is there, what waits for it, and how old the picture is. */
export function ConnectionBadge() {
  const { state, pendingCount, lastSyncedMs } = useConnection();
  const { entries } = useRejected();
  const nowMs = useNow();
  return (
    <Link className="connection" to={{ screen: "changes" }}>
      <span role="status" data-testid="connection" data-state={state} data-pending={pendingCount}>
        {stateTexts[state]}
        {pendingCount > 0 ? ` · ${pendingCount} waiting` : ""}
        {entries.length > 0 ? ` · ${entries.length} rejected` : ""}
      </span>
      <span className="connection-age">
        {lastSyncedMs === null ? "not synced yet" : `synced ${formatAge(nowMs - lastSyncedMs)}`}
      </span>
    </Link>
  );
}
