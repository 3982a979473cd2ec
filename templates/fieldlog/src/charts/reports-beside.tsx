import { Link } from "../elements/link.tsx";
import { Plate } from "../elements/plate.tsx";
import { damageWord, formatCount, formatDay, formatDollarsShort } from "../format.ts";
import type { HeldReport } from "../reports/held-reports.ts";
import type { FilterText } from "../route.ts";

interface ReportsBesideProps {
  readonly matches: readonly HeldReport[];
  readonly filters: FilterText;
}

/** As many as one reads through; the list itself has them all. */
const shownCountMax = 60;

/** The reports for which the charts stand, newest first: what a click on a bar leaves is seen at once. */
export function ReportsBeside({ matches, filters }: ReportsBesideProps) {
  const restCount = matches.length - shownCountMax;
  return (
    <section className="beside" aria-label="These reports">
      <div className="beside-head">
        <h2>{formatCount(matches.length, "report")}</h2>
        <Link
          className="button button-quiet button-small"
          data-testid="charts-list"
          to={{ screen: "reports", pane: { kind: "none" }, filters }}
        >
          Open the list
        </Link>
      </div>
      <ol>
        {matches.slice(0, shownCountMax).map(({ report, airport }) => (
          <li key={report._id}>
            <Link
              className="beside-row"
              data-testid="beside-row"
              to={{ screen: "reports", pane: { kind: "report", reportId: report._id }, filters }}
            >
              <Plate iata={airport?.iata} />
              <span>
                <strong>{report.species}</strong>
                <span className="beside-more">
                  <time dateTime={report.date}>{formatDay(report.date)}</time> · {report.phase}
                </span>
              </span>
              <Harm report={report} />
            </Link>
          </li>
        ))}
      </ol>
      {restCount > 0 ? <p className="quiet">{formatCount(restCount, "more report")} in the list.</p> : null}
    </section>
  );
}

/** Damage in a word, and what it cost. */
function Harm({ report }: Pick<HeldReport, "report">) {
  const cost = report.costRepair + report.costOther;
  if (report.damage === "None" && cost === 0) return null;
  return (
    <span className="beside-harm">
      {report.damage === "None" ? null : (
        <span className="tag tag-damage" data-damage={report.damage}>
          {damageWord(report.damage)}
        </span>
      )}
      {cost === 0 ? null : <span className="beside-more">{formatDollarsShort(cost)}</span>}
    </span>
  );
}
