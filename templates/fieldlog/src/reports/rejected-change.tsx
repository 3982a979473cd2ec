import type { ReactNode } from "react";
import { adviceOf } from "../changes/change-text.ts";
import { RejectedActs } from "../changes/rejected-acts.tsx";
import { Icon } from "../elements/icon.tsx";
import { refusalText } from "../refusal-text.ts";

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
  const advice = isAdvised && !isParked ? adviceOf(error) : undefined;
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
      <RejectedActs n={n} name={name} />
    </div>
  );
}
