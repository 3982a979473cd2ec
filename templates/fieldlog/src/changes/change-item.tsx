import { useQuery } from "bothy/react";
import { useMemo } from "react";
import { api } from "../../bothy/_generated/api.js";
import { Link } from "../elements/link.tsx";
import { Plate } from "../elements/plate.tsx";
import { formatDay } from "../format.ts";
import { idFromText } from "../ids.ts";
import { describeChange, type ChangeLine, type ChangeText } from "./change-text.ts";

interface ChangeItemProps {
  readonly name: string;
  readonly args: unknown;
  /** How long ago something was done to it, in words. */
  readonly when: string;
  readonly tag?: string | undefined;
}

/** One change: what it is, which report it is about, and what it does there. */
export function ChangeItem({ name, args, when, tag }: ChangeItemProps) {
  const change = useMemo(() => describeChange(name, args), [name, args]);
  return (
    <>
      <p className="change-head">
        <strong>{change.title}</strong>
        {tag === undefined ? null : <span className="tag tag-waiting">{tag}</span>}
        <span className="change-when">{when}</span>
      </p>
      <Subject change={change} />
      {change.quote === undefined ? null : <p className="change-quote">“{change.quote}”</p>}
      <ChangeLines lines={change.lines} />
    </>
  );
}

/** Field by field: what its author saw, and what they wrote. */
function ChangeLines({ lines }: { readonly lines: readonly ChangeLine[] }) {
  if (lines.length === 0) return null;
  return (
    <dl className="change-lines">
      {lines.map(({ label, from, to }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>
            {from === undefined ? null : (
              <>
                <span className="unseen">from </span>
                <s>{from}</s> <span aria-hidden="true">→</span> <span className="unseen">to </span>
              </>
            )}
            <ins>{to}</ins>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Subject({ change }: { readonly change: ChangeText }) {
  if (change.reportId !== undefined) return <ReportSubject reportId={change.reportId} />;
  if (change.airportId !== undefined) return <AirportSubject airportId={change.airportId} draft={change.draft} />;
  return null;
}

/** The report that a change is about, by name. */
export function ReportSubject({ reportId }: { readonly reportId: string }) {
  const report = useQuery(api.shared.reports.get, { reportId: idFromText<"reports">(reportId) }).value;
  if (report === undefined || report === null) return null;
  return (
    <p className="change-subject">
      <Link to={{ screen: "reports", pane: { kind: "report", reportId }, filters: {} }}>
        {report.species}, {formatDay(report.date)}
      </Link>
    </p>
  );
}

/** The airport that a change is about; of a report filed there, with the way to it. */
function AirportSubject({ airportId, draft }: { readonly airportId: string; readonly draft: ChangeText["draft"] }) {
  const airports = useQuery(api.shared.airports.list, {}).value;
  const airport = airports?.find(({ _id }) => _id === airportId);
  if (airport === undefined) return null;
  return (
    <p className="change-subject">
      <Plate iata={airport.iata} />
      {draft === undefined ? (
        airport.name
      ) : (
        <Link to={{ screen: "reports", pane: { kind: "filed", ...draft }, filters: {} }}>{airport.name}</Link>
      )}
    </p>
  );
}
