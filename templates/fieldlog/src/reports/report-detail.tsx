import { useQuery } from "bothy/react";
import { useEffect, useMemo, useRef } from "react";
import { api } from "../../bothy/_generated/api.js";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { openConflicts } from "../../bothy/shared/conflicts.ts";
import { Empty } from "../elements/empty.tsx";
import { Icon } from "../elements/icon.tsx";
import { Link } from "../elements/link.tsx";
import { Loading } from "../elements/loading.tsx";
import { Plate } from "../elements/plate.tsx";
import { useFieldMarks } from "../field-marks.ts";
import { formatDay, placeOf } from "../format.ts";
import { idFromText, isNoId } from "../ids.ts";
import type { FilterText } from "../route.ts";
import { useTitle } from "../use-title.ts";
import { Comments } from "./comments.tsx";
import { ReportFacts } from "./report-facts.tsx";
import { ReportHistory } from "./report-history.tsx";
import { ReportStanding } from "./report-standing.tsx";

interface ReportDetailProps {
  readonly reportId: string;
  readonly filters: FilterText;
}

/** One report: what is known of it, what may be done with it, what was said, and who did what. */
export function ReportDetail({ reportId, filters }: ReportDetailProps) {
  const found = useQuery(api.shared.reports.get, { reportId: idFromText<"reports">(reportId) });
  if (isNoId(found.error)) return <ReportMissing filters={filters} />;
  if (found.value === undefined) return <Loading what="the report" error={found.error} />;
  if (found.value === null) return <ReportMissing filters={filters} />;
  return <Report report={found.value} filters={filters} />;
}

/** Where a report would stand that this device may not hold. */
export function ReportMissing({ filters }: { readonly filters: FilterText }) {
  return (
    <Empty title="Not on this device">
      <p>There is no such report among those of your airports.</p>
      <Link className="button button-quiet" to={{ screen: "reports", pane: { kind: "none" }, filters }}>
        Back to the list
      </Link>
    </Empty>
  );
}

function Report({ report, filters }: { readonly report: Doc<"reports">; readonly filters: FilterText }) {
  const airports = useQuery(api.shared.picks.airports, {}).value ?? [];
  const airport = airports.find((candidate) => candidate._id === report.airportId);
  const history = useQuery(api.shared.history.list, { reportId: report._id }).value;
  const conflicts = useMemo(() => openConflicts(history ?? []), [history]);
  const marks = useFieldMarks(report);
  const heading = useRef<HTMLHeadingElement>(null);
  useTitle([report.species, airport?.iata, formatDay(report.date)].filter(Boolean).join(", "));
  useEffect(() => {
    // On a phone the report covers the list, and a form that was here took the focus with it: one goes on from here.
    const isOver = matchMedia("(max-width: 899px)").matches || document.activeElement === document.body;
    if (isOver) heading.current?.focus();
  }, []);
  return (
    <article className="report" data-testid="report" data-report-id={report._id} data-status={report.status}>
      <Link className="back" to={{ screen: "reports", pane: { kind: "none" }, filters }}>
        <Icon name="back" /> All reports
      </Link>
      <header className="report-head">
        <Plate iata={airport?.iata} isLarge />
        <p>
          {airport?.name ?? "Airport not picked"}
          <br />
          <small>{airport === undefined ? "" : placeOf(airport)}</small>
        </p>
      </header>
      <h1 ref={heading} tabIndex={-1}>
        {report.species}
      </h1>
      <ReportStanding report={report} marks={marks} filters={filters} />
      <ReportFacts report={report} marks={marks} conflicts={conflicts} />
      <Comments reportId={report._id} marks={marks} />
      {history === undefined ? null : <ReportHistory rows={history} marks={marks} />}
    </article>
  );
}
