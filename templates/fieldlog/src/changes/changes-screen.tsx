import { useConnection, useOutbox, useRejected } from "bothy/react";
import { Empty } from "../elements/empty.tsx";
import { Link } from "../elements/link.tsx";
import { formatAge, formatCount, formatWait } from "../format.ts";
import { settleMs, stateTexts } from "../standing.ts";
import { useNow } from "../use-now.ts";
import { useSettled } from "../use-settled.ts";
import { ChangeItem } from "./change-item.tsx";
import { ConflictList } from "./conflict-list.tsx";
import { GoOnline } from "./go-online.tsx";
import { RejectedChanges } from "./rejected-changes.tsx";
import { useSent } from "./sent-changes.ts";

/** An outbox may hold thousands; those that go first are what one wants to see. */
const listedMax = 100;

/** What was sent within this time was sent just now. */
const justNowMs = 60_000;

/** Everything written here that the server has not taken: what was refused, what waits, and what has just arrived. */
export function ChangesScreen() {
  const nowMs = useNow(1000);
  const waitingCount = useOutbox().length;
  const { entries } = useRejected();
  const sentCount = useSent().length;
  return (
    <div className="column" data-testid="changes">
      <div className="pane-head">
        <h1 tabIndex={-1}>Changes</h1>
      </div>
      <RejectedChanges nowMs={nowMs} />
      <ConflictList />
      {waitingCount + entries.length + sentCount === 0 ? <NothingWaits /> : <Waiting nowMs={nowMs} />}
      <Sent nowMs={nowMs} />
    </div>
  );
}

function Waiting({ nowMs }: { readonly nowMs: number }) {
  const outbox = useOutbox();
  const { state } = useConnection();
  const shown = useSettled(state, settleMs(state));
  return (
    <section className="sheet" aria-label="Waiting changes">
      <h2>Waiting {outbox.length === 0 ? null : <span className="count-quiet">{outbox.length}</span>}</h2>
      {outbox.length === 0 ? (
        <p className="quiet">Everything written on this device has reached the server.</p>
      ) : (
        <>
          <p className="quiet">{stateTexts[shown].waiting}</p>
          {shown === "paused" ? (
            <div className="actions">
              <GoOnline testId="go-online" />
            </div>
          ) : null}
          <ol className="changes changes-numbered">
            {outbox.slice(0, listedMax).map((entry, place) => (
              // A change has no number yet in the moment in which it is being stored.
              <li key={entry.n ?? `at ${entry.timeMs}`} data-testid="waiting-item" data-name={entry.name}>
                <ChangeItem
                  name={entry.name}
                  args={entry.args}
                  when={formatWait(nowMs - entry.timeMs)}
                  tag={shown === "online" && place === 0 ? "Being sent" : undefined}
                />
              </li>
            ))}
          </ol>
          {outbox.length > listedMax ? (
            <p className="quiet">and {formatCount(outbox.length - listedMax, "more change")} after these.</p>
          ) : null}
        </>
      )}
    </section>
  );
}

function Sent({ nowMs }: { readonly nowMs: number }) {
  const sent = useSent();
  if (sent.length === 0) return null;
  const recentCount = sent.filter(({ sentMs }) => nowMs - sentMs < justNowMs).length;
  return (
    <section className="sheet" aria-label="Sent changes" data-testid="sent">
      <h2>Sent</h2>
      <p className="quiet" role="status">
        {recentCount > 0
          ? `${formatCount(recentCount, "change")} sent just now.`
          : "What the server has taken since you opened this page."}
      </p>
      <ol className="changes">
        {sent.map((entry) => (
          <li key={entry.n} data-testid="sent-item" data-name={entry.name}>
            <ChangeItem name={entry.name} args={entry.args} when={`sent ${formatAge(nowMs - entry.sentMs)}`} />
          </li>
        ))}
      </ol>
    </section>
  );
}

function NothingWaits() {
  return (
    <Empty title="Nothing waits">
      <p>
        Everything written on this device has reached the server. What you write without a network stands here until it
        has, and what the server refuses stands here with its reason.
      </p>
      <Link className="button button-quiet" to={{ screen: "try" }}>
        Try being offline
      </Link>
    </Empty>
  );
}
