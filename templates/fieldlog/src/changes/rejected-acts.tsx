import { useRejected } from "bothy/react";
import { useRef, useState } from "react";
import { useHandOnFocus } from "../elements/hand-on-focus.ts";
import { Icon } from "../elements/icon.tsx";
import { Link } from "../elements/link.tsx";
import { refusalText } from "../refusal-text.ts";
import { send } from "../send.ts";
import { discardHere } from "./discard-here.ts";
import { canRepair } from "./repair-screen.tsx";

interface RejectedActsProps {
  /** The change, by its number and its function. */
  readonly n: number;
  readonly name: string;
}

/** The three things that can be done about a rejected change, wherever it is shown. */
export function RejectedActs({ n, name }: RejectedActsProps) {
  const { entries, retry } = useRejected();
  const [problem, setProblem] = useState<string>();
  const part = useRef<HTMLDivElement>(null);
  useHandOnFocus(part);
  const tryAgain = () => {
    setProblem(undefined);
    send(retry(n)).catch((error: unknown) => setProblem(refusalText(error)));
  };
  return (
    <div className="rejected-acts" ref={part}>
      <div className="actions">
        <button type="button" className="button button-small button-quiet" data-testid="retry" onClick={tryAgain}>
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
          data-discards={n}
          onClick={() => {
            const entry = entries.find((candidate) => candidate.n === n);
            if (entry !== undefined) discardHere(entry);
          }}
        >
          <Icon name="trash" />
          Discard
        </button>
      </div>
      {problem === undefined ? null : (
        <p className="field-problem" role="alert">
          Not sent again: {problem}
        </p>
      )}
    </div>
  );
}
