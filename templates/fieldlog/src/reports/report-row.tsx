import { memo } from "react";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { Plate } from "../elements/plate.tsx";
import { Tag } from "../elements/tag.tsx";
import { damageWord, formatDay, formatDollars, statusLabel } from "../format.ts";
import { formatRoute } from "../route.ts";

interface ReportRowProps {
  readonly report: Doc<"reports">;
  readonly iata: string | undefined;
  readonly isCurrent: boolean;
  readonly isSelected: boolean;
  /** The one row of the list that the Tab key stops at. */
  readonly isCursor: boolean;
  readonly isPending: boolean;
  readonly isRejected: boolean;
  readonly isInConflict: boolean;
  readonly onSelect: (reportId: string, isRange: boolean) => void;
}

/**
 * A report in the list: what it hit and when, how bad it was, and whether the server knows it yet. Kept while its props
 * stay the same, so that scrolling draws only the rows that come into sight. Its address leads to the report alone: with the
 * list's filters in it every row would be drawn anew by each letter that is typed.
 */
export const ReportRow = memo(function ReportRow(props: ReportRowProps) {
  const { report, iata, isCurrent, isSelected, isCursor, isPending, isRejected, isInConflict, onSelect } = props;
  const tabIndex = isCursor ? 0 : -1;
  const cost = report.costRepair + report.costOther;
  return (
    <>
      <label className="row-box">
        <input
          type="checkbox"
          data-testid="row-select"
          aria-label={`Select ${report.species}, ${formatDay(report.date)}`}
          tabIndex={tabIndex}
          checked={isSelected}
          onChange={({ nativeEvent }) =>
            onSelect(report._id, nativeEvent instanceof MouseEvent && nativeEvent.shiftKey)
          }
        />
      </label>
      <a
        className="row report-row"
        href={formatRoute({ screen: "reports", pane: { kind: "report", reportId: report._id }, filters: {} })}
        tabIndex={tabIndex}
        aria-current={isCurrent ? "true" : undefined}
        data-testid="report-row"
        data-report-id={report._id}
        data-status={report.status}
        data-pending={isPending}
        data-damage={report.damage}
      >
        <span className="row-mark" aria-hidden="true" />
        <Plate iata={iata} />
        <span className="row-main">
          <span className="row-line">
            <strong className="row-title">{report.species}</strong>
            <span className="row-tags">
              {isPending ? <Tag kind="waiting">Waiting</Tag> : null}
              {isRejected ? <Tag kind="rejected">Rejected</Tag> : null}
              {isInConflict ? <Tag kind="conflict">Conflict</Tag> : null}
              <Tag kind={report.status}>{statusLabel(report.status)}</Tag>
            </span>
          </span>
          <span className="row-line">
            <span className="row-sub">
              <time dateTime={report.date}>{formatDay(report.date)}</time>
              <span>{report.phase}</span>
              <span className="row-extra">{report.aircraft}</span>
            </span>
            {report.damage === "None" && cost === 0 ? null : (
              <span className="row-harm">
                {report.damage === "None" ? null : (
                  <span className="tag tag-damage" data-damage={report.damage}>
                    {damageWord(report.damage)}
                  </span>
                )}
                {cost === 0 ? null : <span>{formatDollars(cost)}</span>}
              </span>
            )}
          </span>
        </span>
      </a>
    </>
  );
});
