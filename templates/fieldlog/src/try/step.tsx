import type { ReactNode } from "react";
import { Icon } from "../elements/icon.tsx";
import { formatTime } from "../format.ts";
import type { StepName } from "./progress.ts";

interface StepProps {
  readonly name: StepName;
  readonly number: number;
  readonly title: string;
  /** When it was seen to happen. */
  readonly doneMs: number | undefined;
  readonly isNext: boolean;
  readonly children: ReactNode;
}

/** One thing to do, with its tick. */
export function Step({ name, number, title, doneMs, isNext, children }: StepProps) {
  return (
    <li
      className="sheet try-step"
      data-testid={`step-${name}`}
      data-done={doneMs !== undefined}
      aria-current={isNext ? "step" : undefined}
    >
      <span className="try-number" aria-hidden="true">
        {doneMs === undefined ? number : <Icon name="check" />}
      </span>
      <div className="try-step-text">
        <h2>
          <span className="unseen">Step {number}: </span>
          {title}
        </h2>
        {doneMs === undefined ? (
          children
        ) : (
          <details className="try-again">
            <summary>
              Seen at {formatTime(doneMs)} <span className="unseen">How it is done</span>
            </summary>
            <div className="try-step-text">{children}</div>
          </details>
        )}
      </div>
    </li>
  );
}
