import { useConnection, useOutbox, useQuery, useRejected } from "bothy/react";
import { useState } from "react";
import { api } from "../../bothy/_generated/api.js";
import { Link } from "../elements/link.tsx";
import { formatAge } from "../format.ts";
import { idFromText } from "../ids.ts";
import { refusalText } from "../refusal-text.ts";
import { send } from "../send.ts";
import { useNow } from "../use-now.ts";
import { changeContent, changeTitle, reportIdOf } from "./change-text.ts";
import { canRepair } from "./repair-screen.tsx";

/** Everything written here that the server has not taken: what waits, and what was refused. */
export function ChangesScreen() {
  const outbox = useOutbox();
  const { state } = useConnection();
  return (
    <div className="column">
      <div className="pane-head">
        <h1>Changes</h1>
      </div>
      <Rejected />
      <section className="sheet" aria-label="Waiting changes">
        <h2>Waiting</h2>
        {outbox.length === 0 ? (
          <p className="quiet">Everything written on this device has reached the server.</p>
        ) : (
          <>
            <p className="quiet">
              {state === "online"
                ? "Being sent now, in this order."
                : "Kept on this device; sent in this order once the server can be reached."}
            </p>
            <ol className="changes">
              {outbox.map((entry) => (
                // A change has no number yet in the moment in which it is being stored.
                <li key={entry.n ?? `at ${entry.timeMs}`} data-testid="waiting-item" data-name={entry.name}>
                  <ChangeText name={entry.name} args={entry.args} timeMs={entry.timeMs} />
                </li>
              ))}
            </ol>
          </>
        )}
      </section>
    </div>
  );
}

function Rejected() {
  const { entries, retry, discard } = useRejected();
  const [problem, setProblem] = useState<string>();
  const attempt = async (change: () => Promise<void>) => {
    setProblem(undefined);
    try {
      await change();
    } catch (error) {
      setProblem(refusalText(error));
    }
  };
  if (entries.length === 0) return null;
  return (
    <section className="sheet sheet-bad" aria-label="Rejected changes">
      <h2>Rejected</h2>
      <p className="quiet">
        The server could not take these. They are undone in what you see, and kept here until you decide.
      </p>
      {problem === undefined ? null : (
        <p className="notice notice-bad" role="alert">
          {problem}
        </p>
      )}
      <ol className="changes">
        {entries.map((entry) => (
          <li key={entry.n} data-testid="rejected-item" data-name={entry.name} data-state={entry.state}>
            <ChangeText name={entry.name} args={entry.args} timeMs={entry.timeMs} />
            <p className="change-reason">{refusalText(entry.error)}</p>
            {entry.state === "parked" ? (
              <p className="quiet">The server could not judge it yet; it is tried again by itself.</p>
            ) : null}
            <div className="actions">
              <button
                type="button"
                className="button button-small"
                data-testid="retry"
                onClick={() => void attempt(() => send(retry(entry.n)))}
              >
                Retry
              </button>
              {canRepair(entry.name) ? (
                <Link
                  className="button button-small button-quiet"
                  data-testid="edit"
                  to={{ screen: "repair", n: entry.n }}
                >
                  Edit
                </Link>
              ) : null}
              <button
                type="button"
                className="button button-small button-quiet"
                data-testid="discard"
                onClick={() => void attempt(() => discard(entry.n))}
              >
                Discard
              </button>
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

interface ChangeTextProps {
  readonly name: string;
  readonly args: unknown;
  readonly timeMs: number;
}

function ChangeText({ name, args, timeMs }: ChangeTextProps) {
  const nowMs = useNow();
  const reportId = reportIdOf(args);
  return (
    <>
      <p className="change-head">
        <strong>{changeTitle(name)}</strong>
        <span>{formatAge(nowMs - timeMs)}</span>
      </p>
      {reportId === undefined ? null : <Subject reportId={reportId} />}
      <p className="change-content">{changeContent(args)}</p>
    </>
  );
}

/** The report that a change is about, by name. */
function Subject({ reportId }: { readonly reportId: string }) {
  const report = useQuery(api.shared.reports.get, { reportId: idFromText<"reports">(reportId) }).value;
  if (report === undefined || report === null) return null;
  return (
    <p>
      <Link to={{ screen: "reports", pane: { kind: "report", reportId }, filters: {} }}>
        {report.species}, {report.date}
      </Link>
    </p>
  );
}
