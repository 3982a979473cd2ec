import { useConnection } from "bothy/react";
import { useMemo, useState } from "react";
import { Dialog } from "../elements/dialog.tsx";
import { formatCount } from "../format.ts";
import { refusalText } from "../refusal-text.ts";
import { planClosing, useClosing, type ClosingPlan } from "./close-many.ts";
import type { HeldReport } from "./held-reports.ts";

interface CloseDialogProps {
  readonly reports: readonly HeldReport[];
  readonly isOpen: boolean;
  readonly onCancel: () => void;
  /** All of it is on this device, and waits to be sent. */
  readonly onClosed: (plan: ClosingPlan) => void;
}

/** Says what closing the selected reports will do, and does it. */
export function CloseDialog({ reports, isOpen, onCancel, onClosed }: CloseDialogProps) {
  const plan = useMemo(() => planClosing(isOpen ? reports : []), [isOpen, reports]);
  return (
    <Dialog
      title={plan.count === 0 ? "Nothing to close" : `Close ${formatCount(plan.count, "report")}?`}
      isOpen={isOpen}
      onClose={onCancel}
      testId="close-many"
    >
      <Closing plan={plan} onCancel={onCancel} onClosed={onClosed} />
    </Dialog>
  );
}

interface ClosingProps extends Pick<CloseDialogProps, "onCancel" | "onClosed"> {
  readonly plan: ClosingPlan;
}

function Closing({ plan, onCancel, onClosed }: ClosingProps) {
  const { state } = useConnection();
  const { close } = useClosing();
  const [isAtWork, setIsAtWork] = useState(false);
  const [problem, setProblem] = useState<string>();
  const start = () => {
    setIsAtWork(true);
    close(plan).then(
      () => onClosed(plan),
      (error: unknown) => {
        setIsAtWork(false);
        setProblem(refusalText(error));
      },
    );
  };
  return (
    <>
      <div className="close-many">
        {plan.count === 0 ? (
          <p>All of those selected are closed already.</p>
        ) : (
          <>
            <p>Nobody can edit them until they are reopened. Comments stay open.</p>
            {plan.closedCount === 0 ? null : (
              <p>
                {plan.closedCount.toLocaleString("en")} of those selected {plan.closedCount === 1 ? "is" : "are"} closed
                already; nothing changes there.
              </p>
            )}
            <p>
              {plan.parts.length === 1 ? "It is one change" : `They are ${plan.parts.length} changes`} under Changes.{" "}
              {state === "online"
                ? ""
                : "The server is out of reach: until it is back, all of it waits on this device."}
            </p>
          </>
        )}
      </div>
      {problem === undefined ? null : (
        <p className="notice notice-bad" role="alert">
          {problem}
        </p>
      )}
      <div className="actions">
        {plan.count === 0 ? null : (
          <button type="button" className="button" data-testid="close-many-go" disabled={isAtWork} onClick={start}>
            Close {formatCount(plan.count, "report")}
          </button>
        )}
        <button type="button" className="button button-quiet" onClick={onCancel}>
          {plan.count === 0 ? "Back" : "Cancel"}
        </button>
      </div>
    </>
  );
}
