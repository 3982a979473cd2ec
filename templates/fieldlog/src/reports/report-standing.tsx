import { useMutation } from "bothy/react";
import { useRef, useState, type ReactNode } from "react";
import { api } from "../../bothy/_generated/api.js";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { Icon } from "../elements/icon.tsx";
import { Link } from "../elements/link.tsx";
import { describeChange } from "../changes/change-text.ts";
import type { FieldMarks } from "../field-marks.ts";
import { formatAge, statusLabel } from "../format.ts";
import { refusalText } from "../refusal-text.ts";
import type { FilterText } from "../route.ts";
import { send } from "../send.ts";
import { useNow } from "../use-now.ts";
import { readDraft } from "./form-draft.ts";
import { RejectedChange } from "./rejected-change.tsx";
import { WaitingMark } from "./report-facts.tsx";

/** On a phone the steps stand in one row. */
const closeLabel = (
  <span>
    Close<span className="wide"> report</span>
  </span>
);

interface StandingProps {
  readonly report: Doc<"reports">;
  readonly marks: FieldMarks;
  readonly filters: FilterText;
}

/** How far a report has come, and the steps from here. */
export function ReportStanding({ report, marks, filters }: StandingProps) {
  const line = useRef<HTMLParagraphElement>(null);
  const [problem, setProblem] = useState<string>();
  const review = useMutation(api.shared.reports.review);
  const unreview = useMutation(api.shared.reports.unreview);
  const close = useMutation(api.shared.reports.close);
  const reopen = useMutation(api.shared.reports.reopen);
  const reportId = report._id;
  const attempt = (change: typeof close) => {
    setProblem(undefined);
    send(change({ reportId })).catch((error: unknown) => setProblem(refusalText(error)));
    // The button goes with the step; the line says what came of it.
    line.current?.focus();
  };
  const step = (text: ReactNode, change: typeof close, testId: string, look = "button-quiet") => (
    <button type="button" className={`button ${look}`} data-testid={testId} onClick={() => attempt(change)}>
      {text}
    </button>
  );
  return (
    <div className="report-standing">
      <p ref={line} tabIndex={-1} role="status" className="standing-line">
        <span className={`tag tag-${report.status}`} data-testid="status">
          {statusLabel(report.status)}
        </span>
        {marks.waiting.has("status") ? <WaitingMark /> : null}
        <LastAct report={report} />
      </p>
      {marks.rejected
        .filter((write) => write.field === "status")
        .map(({ n, name, error, isParked }) => (
          <RejectedChange key={n} n={n} name={name} error={error} isParked={isParked} testId="rejected-status">
            {describeChange(name, {}).title}.
          </RejectedChange>
        ))}
      {problem === undefined ? null : (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
      <div className="actions report-actions">
        {report.status === "open" ? step("Mark reviewed", review, "review-report", "") : null}
        {report.status === "closed" ? null : (
          <>
            <Link
              className="button button-quiet"
              data-testid="edit-report"
              to={{ screen: "reports", pane: { kind: "edit", reportId }, filters }}
            >
              <Icon name="edit" />
              {readDraft(reportId) === undefined ? "Edit" : "Go on editing"}
            </Link>
            {step(closeLabel, close, "close-report", report.status === "reviewed" ? "" : "button-quiet")}
          </>
        )}
        {report.status === "reviewed" ? step("Undo review", unreview, "unreview-report") : null}
        {report.status === "closed" ? step("Reopen", reopen, "reopen-report") : null}
      </div>
    </div>
  );
}

/** The last act, by whom and when. */
function LastAct({ report }: { readonly report: Doc<"reports"> }) {
  const nowMs = useNow();
  const acts: readonly (readonly [verb: string, by: string | undefined, timeMs: number | undefined])[] = [
    ["Closed", report.closedBy, report.closedMs],
    ["Edited", report.updatedBy, report.updatedMs],
    ["Reviewed", report.reviewedBy, report.reviewedMs],
    ["Filed", report.authorName, report.authorName === undefined ? undefined : report._creationTime],
  ];
  const [last] = acts.toSorted(([, , a = 0], [, , b = 0]) => b - a);
  if (last?.[2] === undefined) return <span>From the FAA’s records</span>;
  const [verb, by = "someone", timeMs] = last;
  return (
    <span>
      {verb} by {by}, {formatAge(nowMs - timeMs)}
    </span>
  );
}
