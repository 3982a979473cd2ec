import { useEffect, useRef } from "react";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { formatCount, formatMonth } from "../format.ts";
import { isMarked, useReportMarks } from "../pending-changes.ts";
import type { FilterText } from "../route.ts";
import { useRowWindow } from "../window-rows.ts";
import { ReportRow } from "./report-row.tsx";

/** Fixed, so that the place of every row is known without drawing those above it. The style sheet says the same. */
const rowHeightPx = 68;

interface ReportListProps {
  readonly reports: readonly Doc<"reports">[];
  readonly airports: readonly Doc<"airports">[];
  readonly filters: FilterText;
  readonly currentId: string | undefined;
  readonly isComplete: boolean;
}

/** Reports of the picked airports, newest first, drawn only where they are seen. */
export function ReportList({ reports, airports, filters, currentId, isComplete }: ReportListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const { first, end, top } = useRowWindow(scroller, reports.length, rowHeightPx);
  const marks = useReportMarks();
  const iataById = new Map(airports.map((airport) => [airport._id, airport.iata]));
  const filterKey = JSON.stringify(filters);
  useEffect(() => {
    scroller.current?.scrollTo(0, 0);
  }, [filterKey]);
  const topReport = reports[top];
  return (
    <>
      <p className="list-head" role="status">
        <span>
          {formatCount(reports.length, "report")}
          {isComplete ? "" : " so far"}
        </span>
        <span aria-hidden="true">{topReport === undefined ? "" : formatMonth(topReport.date)}</span>
      </p>
      <div className="scroller" ref={scroller}>
        <ul className="rows" aria-label="Reports" style={{ height: reports.length * rowHeightPx }}>
          {reports.slice(first, end).map((report, index) => (
            <li
              key={report._id}
              aria-setsize={reports.length}
              aria-posinset={first + index + 1}
              style={{ transform: `translateY(${(first + index) * rowHeightPx}px)` }}
            >
              <ReportRow
                report={report}
                iata={iataById.get(report.airportId)}
                filters={filters}
                isCurrent={report._id === currentId}
                isPending={isMarked(marks.pending, report)}
                isRejected={isMarked(marks.rejected, report)}
              />
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}
