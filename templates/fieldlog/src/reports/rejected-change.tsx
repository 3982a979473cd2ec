import { useRejected } from "bothy/react";
import { useState, type MouseEvent, type ReactNode } from "react";
import { adviceOf } from "../changes/change-text.ts";
import { noteDiscard } from "../changes/discards.ts";
import { canRepair } from "../changes/repair-screen.tsx";
import { Icon } from "../elements/icon.tsx";
import { Link } from "../elements/link.tsx";
import { refusalText } from "../refusal-text.ts";
import { send } from "../send.ts";
import { focusReport } from "./focus-report.ts";

interface RejectedChangeProps {
  readonly n: number;
  readonly name: string;
  readonly error: unknown;
  readonly isParked: boolean;
  readonly testId: string;
  /** Where one change is shown at several fields, the advice stands at the first. */
  readonly isAdvised?: boolean;
  /** What was written here. */
  readonly children: ReactNode;
}

/** A change that the server has refused, where it was made: what it was, why not, and what can be done with it. */
export function RejectedChange({ n, name, error, isParked, testId, isAdvised = true, children }: RejectedChangeProps) {
  const { entries, retry } = useRejected();
  const advice = isAdvised && !isParked ? adviceOf(error) : undefined;
  const [problem, setProblem] = useState<string>();
  const attempt = ({ currentTarget: button }: MouseEvent, change: Promise<void>) => {
    setProblem(undefined);
    focusReport(button);
    change.catch((thrown: unknown) => setProblem(refusalText(thrown)));
  };
  return (
    <div className="field-note" data-testid={testId}>
      <p>
        <strong className="field-note-head">
          <Icon name="alert" />
          {isParked ? "Not judged yet" : "Rejected"}
        </strong>{" "}
        {children}
      </p>
      <p>
        {isParked ? "The server could not judge it; it is tried again by itself." : refusalText(error)}
        {advice === undefined ? null : <span className="quiet"> {advice}</span>}
      </p>
      <div className="actions">
        <button
          type="button"
          className="button button-small button-quiet"
          data-testid="retry"
          onClick={(event) => attempt(event, send(retry(n)))}
        >
          <Icon name="retry" />
          Try again
        </button>
        {canRepair(name) ? (
          <Link className="button button-small button-quiet" data-testid="edit" to={{ screen: "repair", n }}>
            <Icon name="edit" />
            Edit
          </Link>
        ) : null}
        <button
          type="button"
          className="button button-small button-bad"
          data-testid="discard"
          onClick={(event) => {
            focusReport(event.currentTarget);
            for (const entry of entries) if (entry.n === n) noteDiscard(entry);
          }}
        >
          <Icon name="trash" />
          Discard
        </button>
      </div>
      {problem === undefined ? null : (
        <p className="field-problem" role="alert">
          Again: {problem}
        </p>
      )}
    </div>
  );
}
