import type { RejectedEntry } from "bothy/client";
import { useRejected } from "bothy/react";
import { Icon } from "../elements/icon.tsx";
import { formatWait } from "../format.ts";
import { refusalText } from "../refusal-text.ts";
import { ChangeItem } from "./change-item.tsx";
import { adviceOf, describeChange } from "./change-text.ts";
import { undoHere } from "./discard-here.ts";
import { useDiscarded } from "./discards.ts";
import { RejectedActs } from "./rejected-acts.tsx";

/** What the server refused: why, and the three things that can be done about it. */
export function RejectedChanges({ nowMs }: { readonly nowMs: number }) {
  const { entries } = useRejected();
  const isDiscarded = useDiscarded();
  if (entries.length === 0) return null;
  const isDecided = entries.every(isDiscarded);
  return (
    <section className={isDecided ? "sheet" : "sheet sheet-bad"} aria-label="Rejected changes">
      <h2>Rejected</h2>
      <p className="quiet">
        The server could not take these. They are undone in what you see, and kept here until you decide.
      </p>
      <ol className="changes">
        {entries.map((entry) => (
          <RejectedItem key={entry.n} entry={entry} nowMs={nowMs} isDiscarded={isDiscarded(entry)} />
        ))}
      </ol>
    </section>
  );
}

interface RejectedItemProps {
  readonly entry: RejectedEntry;
  readonly nowMs: number;
  readonly isDiscarded: boolean;
}

function RejectedItem({ entry, nowMs, isDiscarded }: RejectedItemProps) {
  if (isDiscarded) {
    const { title } = describeChange(entry.name, entry.args);
    return (
      <li className="change-discarded" data-testid="discarded-item">
        <p>{title}: discarded. Gone for good once you go elsewhere.</p>
        <button
          type="button"
          className="button button-small button-quiet"
          data-testid="undo-discard"
          aria-label={`Undo discarding: ${title}`}
          data-undoes={entry.n}
          onClick={() => undoHere([entry])}
        >
          <Icon name="undo" />
          Undo
        </button>
      </li>
    );
  }
  const { name, args, timeMs, error, state } = entry;
  const advice = adviceOf(error);
  return (
    <li data-testid="rejected-item" data-name={name} data-state={state}>
      <ChangeItem name={name} args={args} when={`made ${formatWait(nowMs - timeMs)} ago`} />
      <p className="change-reason">
        <Icon name="alert" />
        <span>
          <strong>{state === "parked" ? "Not judged yet: " : "Refused: "}</strong>
          {refusalText(error)}
          {state === "parked" ? " It is tried again by itself." : ""}
        </span>
      </p>
      {advice === undefined ? null : <p className="quiet">{advice}</p>}
      <RejectedActs n={entry.n} name={name} />
    </li>
  );
}
