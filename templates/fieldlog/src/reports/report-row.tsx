import { memo } from "react";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { Link } from "../elements/link.tsx";
import { Plate } from "../elements/plate.tsx";
import { damageWord, formatDay } from "../format.ts";
import type { FilterText } from "../route.ts";

interface ReportRowProps {
  readonly report: Doc<"reports">;
  readonly iata: string | undefined;
  readonly filters: FilterText;
  readonly isCurrent: boolean;
  readonly isPending: boolean;
  readonly isRejected: boolean;
}

/**
 * A report in the list: what it hit and when, how bad it was, and whether the server knows it yet. Kept while its props
 * stay the same, so that scrolling draws only the rows that come into sight.
 */
export const ReportRow = memo(function ReportRow(props: ReportRowProps) {
  const { report, iata, filters, isCurrent, isPending, isRejected } = props;
  return (
    <Link
      className="row report-row"
      to={{ screen: "reports", pane: { kind: "report", reportId: report._id }, filters }}
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
        <strong className="row-title">{report.species}</strong>
        <span className="row-sub">
          <time dateTime={report.date}>{formatDay(report.date)}</time>
          <span>{report.phase}</span>
          <span className="row-extra">{report.aircraft}</span>
        </span>
      </span>
      <span className="row-end">
        <span className="row-tags">
          {isPending ? <span className="tag tag-waiting">Waiting</span> : null}
          {isRejected ? <span className="tag tag-rejected">Rejected</span> : null}
          {report.status === "closed" ? <span className="tag">Closed</span> : null}
        </span>
        {report.damage === "None" ? null : (
          <span className="tag tag-damage" data-damage={report.damage}>
            {damageWord(report.damage)}
          </span>
        )}
      </span>
    </Link>
  );
});
