// What all repairs of a rejected change have: why it was refused, and the two ways out.

import { Icon } from "../elements/icon.tsx";
import { refusalText } from "../refusal-text.ts";
import { navigate } from "../route.ts";

export interface RepairProps {
  readonly args: unknown;
  /** With what the server refused it. */
  readonly error: unknown;
  readonly onRetry: (args: Readonly<Record<string, unknown>>) => Promise<void>;
}

/** Back to where the repair was begun. */
export function toChanges(): void {
  navigate({ screen: "changes" }, "replace");
}

export function RepairReason({ error }: { readonly error: unknown }) {
  return (
    <p className="change-reason">
      <Icon name="alert" />
      <span>
        <strong>Refused: </strong>
        {refusalText(error)}
      </span>
    </p>
  );
}

/** Sends it again, or leaves everything as it is. */
export function RepairActions({ refusal }: { readonly refusal: string | undefined }) {
  return (
    <>
      {refusal === undefined ? null : (
        <p className="notice notice-bad" role="alert">
          {refusal}
        </p>
      )}
      <div className="actions">
        <button type="submit" className="button" data-testid="save">
          <Icon name="retry" />
          Send again
        </button>
        <button type="button" className="button button-quiet" data-testid="cancel" onClick={toChanges}>
          Cancel
        </button>
      </div>
    </>
  );
}
