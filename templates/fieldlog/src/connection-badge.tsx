import { useConnection, useOutbox } from "bothy/react";
import { useConflicts } from "./changes/conflicts.ts";
import { useOpenRejected } from "./changes/discards.ts";
import { Icon } from "./elements/icon.tsx";
import { Link } from "./elements/link.tsx";
import { formatAge, formatWait } from "./format.ts";
import { announcement, settleMs, stateTexts, troubleTexts } from "./standing.ts";
import { useNow } from "./use-now.ts";
import { useSettled } from "./use-settled.ts";

/** A change that is on its way for less than this is not worth a word. */
const sendingMs = 800;

/** Says whether the server is there, what waits for it and since when, what was refused, and how old the picture is. */
export function ConnectionBadge() {
  const { state, pendingCount, lastSyncedMs } = useConnection();
  const oldestMs = useOutbox()[0]?.timeMs;
  const counts = { rejected: useOpenRejected().length, conflicts: useConflicts().length };
  const shown = useSettled(state, settleMs(state));
  const waiting = useSettled(pendingCount, pendingCount === 0 || shown !== "online" ? 0 : sendingMs);
  const nowMs = useNow();
  // Seconds are for the Changes: here they would tick beside whatever one is doing.
  const oldestText =
    oldestMs === undefined || nowMs - oldestMs < 60_000 ? "" : `, oldest ${formatWait(nowMs - oldestMs)}`;
  const { title, icon, tone } = stateTexts[shown];
  const troubles = troubleTexts(counts);
  return (
    <>
      <Link className="connection" to={{ screen: "changes" }} data-tone={tone}>
        <span className="connection-sign">
          <Icon name={icon} />
        </span>
        <span
          className="connection-state"
          data-testid="connection"
          data-state={state}
          data-shown={shown}
          data-pending={pendingCount}
        >
          {title}
        </span>
        {waiting === 0 && troubles.length === 0 ? null : (
          <span className="connection-counts">
            {waiting === 0 ? null : (
              <span className="connection-waits" data-testid="connection-waits">
                {waiting} waiting<span>{oldestText}</span>
              </span>
            )}
            {troubles.length === 0 ? null : (
              <span className="connection-trouble" data-testid="connection-trouble">
                {troubles.map((text) => (
                  <span key={text}>
                    <Icon name="alert" />
                    {text}
                  </span>
                ))}
              </span>
            )}
          </span>
        )}
        <span className="connection-age">
          {lastSyncedMs === null ? "not synced yet" : `synced ${formatAge(nowMs - lastSyncedMs)}`}
        </span>
      </Link>
      <p className="unseen" role="status">
        {announcement(shown, counts)}
      </p>
    </>
  );
}
