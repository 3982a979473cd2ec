import type { ReactNode } from "react";
import { refusalText } from "../refusal-text.ts";
import { Icon } from "./icon.tsx";

interface ProblemProps {
  readonly title: string;
  readonly error?: unknown;
  /** What can be done about it. */
  readonly children?: ReactNode;
  readonly onRetry?: (() => void) | undefined;
}

/** Something that went wrong: what, why, and what to do now. */
export function Problem({ title, error, children, onRetry }: ProblemProps) {
  return (
    <div className="problem" role="alert">
      <Icon name="alert" />
      <div className="problem-text">
        <strong>{title}</strong>
        {error === undefined ? null : <p>{refusalText(error)}</p>}
        {children}
        {onRetry === undefined ? null : (
          <button type="button" className="button button-quiet button-small" onClick={onRetry}>
            <Icon name="retry" />
            Try again
          </button>
        )}
      </div>
    </div>
  );
}
