import { useMutation, useQuery, useRejected } from "bothy/react";
import { useEffect, useRef, useState } from "react";
import { api } from "../../bothy/_generated/api.js";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { Empty } from "../elements/empty.tsx";
import { Link } from "../elements/link.tsx";
import { Loading } from "../elements/loading.tsx";
import { Plate } from "../elements/plate.tsx";
import { damageLabel, formatDay, formatDollars, formatMoment, placeOf, statusLabel } from "../format.ts";
import { idFromText } from "../ids.ts";
import { isMarked, useReportMarks } from "../pending-changes.ts";
import { refusalText } from "../refusal-text.ts";
import type { FilterText } from "../route.ts";
import { send } from "../send.ts";
import { Comments } from "./comments.tsx";

interface ReportDetailProps {
  readonly reportId: string;
  readonly filters: FilterText;
}

/** One report: what is known of it, what may be done with it, and what was said. */
export function ReportDetail({ reportId, filters }: ReportDetailProps) {
  const found = useQuery(api.shared.reports.get, { reportId: idFromText<"reports">(reportId) });
  if (found.value === undefined) return <Loading what="the report" error={found.error} />;
  if (found.value === null) {
    return (
      <Empty title="Not on this device">
        <p>There is no such report among those of your airports.</p>
        <Link className="button button-quiet" to={{ screen: "reports", pane: { kind: "none" }, filters }}>
          Back to the list
        </Link>
      </Empty>
    );
  }
  return <Report report={found.value} filters={filters} />;
}

function Report({ report, filters }: { readonly report: Doc<"reports">; readonly filters: FilterText }) {
  const airports = useQuery(api.shared.picks.airports, {}).value ?? [];
  const airport = airports.find((candidate) => candidate._id === report.airportId);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // On a phone the report covers the list, so whoever reads or tabs goes on from here.
    if (matchMedia("(max-width: 899px)").matches) heading.current?.focus();
  }, []);
  return (
    <article className="report" data-testid="report" data-report-id={report._id} data-status={report.status}>
      <Link className="back" to={{ screen: "reports", pane: { kind: "none" }, filters }}>
        <span aria-hidden="true">←</span> All reports
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
      <Standing report={report} />
      <Facts report={report} />
      <Actions report={report} filters={filters} />
      <Comments reportId={report._id} />
    </article>
  );
}

function Standing({ report }: { readonly report: Doc<"reports"> }) {
  const marks = useReportMarks();
  const { entries } = useRejected();
  const rejected = isMarked(marks.rejected, report)
    ? entries.find((entry) => JSON.stringify(entry.args).includes(report._id))
    : undefined;
  return (
    <>
      <p className="report-standing">
        <span className={`tag tag-${report.status}`} data-testid="status">
          {statusLabel(report.status)}
        </span>
        {isMarked(marks.pending, report) ? <span className="tag tag-waiting">Waiting to be sent</span> : null}
        <span>{historyOf(report)}</span>
      </p>
      {rejected === undefined ? null : (
        <p className="notice notice-bad">
          A change you made here was rejected: {refusalText(rejected.error)}{" "}
          <Link to={{ screen: "changes" }}>See your changes</Link>
        </p>
      )}
    </>
  );
}

function historyOf(report: Doc<"reports">): string {
  const parts: string[] = [];
  if (report.authorName !== undefined)
    parts.push(`Filed by ${report.authorName}, ${formatMoment(report._creationTime)}`);
  if (report.updatedMs !== undefined)
    parts.push(`Edited by ${report.updatedBy ?? "someone"}, ${formatMoment(report.updatedMs)}`);
  if (report.closedMs !== undefined)
    parts.push(`Closed by ${report.closedBy ?? "someone"}, ${formatMoment(report.closedMs)}`);
  return parts.length === 0 ? "From the FAA’s records" : parts.join(" · ");
}

function Facts({ report }: { readonly report: Doc<"reports"> }) {
  const facts: readonly (readonly [name: string, label: string, text: string])[] = [
    ["date", "Date", formatDay(report.date)],
    ["timeOfDay", "Time of day", report.timeOfDay],
    ["phase", "Phase of flight", report.phase],
    ["size", "Wildlife size", report.size],
    ["damage", "Damage", damageLabel(report.damage)],
    ["speedKnots", "Speed", report.speedKnots === undefined ? "Not noted" : `${report.speedKnots} kn`],
    ["aircraft", "Aircraft", report.aircraft],
    ["operator", "Operator", report.operator],
    ["costRepair", "Repair", formatDollars(report.costRepair)],
    ["costOther", "Other costs", formatDollars(report.costOther)],
    ["costTotal", "Total cost", formatDollars(report.costRepair + report.costOther)],
  ];
  return (
    <dl className="facts">
      {facts.map(([name, label, text]) => (
        <div key={name} data-fact={name} data-damage={name === "damage" ? report.damage : undefined}>
          <dt>{label}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

function Actions({ report, filters }: { readonly report: Doc<"reports">; readonly filters: FilterText }) {
  const close = useMutation(api.shared.reports.close);
  const review = useMutation(api.shared.reports.review);
  const reopen = useMutation(api.shared.reports.reopen);
  const [problem, setProblem] = useState<string>();
  const attempt = (change: typeof close) => {
    setProblem(undefined);
    send(change({ reportId: report._id })).catch((error: unknown) => setProblem(refusalText(error)));
  };
  return (
    <div className="actions">
      {report.status !== "closed" ? (
        <>
          {report.status === "open" ? (
            <button type="button" className="button" data-testid="review-report" onClick={() => attempt(review)}>
              Mark reviewed
            </button>
          ) : null}
          <Link
            className="button button-quiet"
            data-testid="edit-report"
            to={{ screen: "reports", pane: { kind: "edit", reportId: report._id }, filters }}
          >
            Edit
          </Link>
          <button
            type="button"
            className="button button-quiet"
            data-testid="close-report"
            onClick={() => attempt(close)}
          >
            Close report
          </button>
        </>
      ) : (
        <button
          type="button"
          className="button button-quiet"
          data-testid="reopen-report"
          onClick={() => attempt(reopen)}
        >
          Reopen
        </button>
      )}
      {problem === undefined ? null : (
        <p className="field-problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}
