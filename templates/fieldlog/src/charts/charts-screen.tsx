import { useMemo } from "react";
import { Empty } from "../elements/empty.tsx";
import { Link } from "../elements/link.tsx";
import { Loading } from "../elements/loading.tsx";
import { formatCount } from "../format.ts";
import { useMedia } from "../media.ts";
import { clearFilters, narrowingOf } from "../reports/filters.ts";
import { useMatchedReports } from "../reports/matched-reports.ts";
import type { FilterText } from "../route.ts";
import { ActiveFilters } from "./active-filters.tsx";
import { Charts } from "./charts.tsx";
import { away, beside, FollowContext } from "./follow.ts";
import { isWide } from "./media-queries.ts";
import { ReportsBeside } from "./reports-beside.tsx";
import { tallyReports } from "./tally.ts";
import { Totals } from "./totals.tsx";
import "./charts.css";

/** What the reports on this device amount to, narrowed by the filters of the list. */
export function ChartsScreen({ filters: text }: { readonly filters: FilterText }) {
  const { held, filters, matches } = useMatchedReports(text);
  const { airports, reports, newestDay, isComplete, error } = held;
  const hasRoomBeside = useMedia(isWide);
  const tally = useMemo(() => (reports === undefined ? undefined : tallyReports(reports, filters)), [reports, filters]);
  if (airports === undefined || reports === undefined || tally === undefined || matches === undefined) {
    return <Loading what="your reports" error={error} />;
  }
  if (reports.length === 0) return <NothingHeld isKnown={isComplete} isPicked={airports.length > 0} />;
  const { count } = tally.total;
  return (
    <FollowContext value={hasRoomBeside ? beside : away}>
      <div className="charts">
        <div className="charts-paper">
          <div className="charts-head">
            <h1>Charts</h1>
            <p className="unseen" role="status">
              {formatCount(count, "report")}
            </p>
            {hasRoomBeside ? null : (
              <Link
                className="button button-quiet"
                data-testid="charts-list"
                to={{ screen: "reports", pane: { kind: "none" }, filters: text }}
              >
                List {count === reports.length ? "all" : "these"} {formatCount(count, "report")}
              </Link>
            )}
          </div>
          <ActiveFilters filters={text} airports={airports} />
          <Totals tally={tally} heldCount={reports.length} filters={text} />
          {count === 0 && narrowingOf(text).length > 0 ? (
            <NothingMatches filters={text} />
          ) : (
            <Charts tally={tally} text={text} filters={filters} newestDay={newestDay} />
          )}
        </div>
        {hasRoomBeside ? <ReportsBeside matches={matches} filters={text} /> : null}
      </div>
    </FollowContext>
  );
}

function NothingHeld({ isKnown, isPicked }: { readonly isKnown: boolean; readonly isPicked: boolean }) {
  if (!isKnown) return <Loading what="your reports" />;
  return (
    <Empty title={isPicked ? "No strikes on record" : "Nothing to count yet"}>
      <p>
        {isPicked
          ? "Nobody has filed a report for the airports you picked."
          : "Pick the airports you work at. Their reports come onto this device, and the charts are made of them."}
      </p>
      <Link className="button" to={{ screen: "airports" }}>
        Choose airports
      </Link>
    </Empty>
  );
}

function NothingMatches({ filters }: { readonly filters: FilterText }) {
  return (
    <Empty title="Nothing matches">
      <p>No report of your airports passes these filters.</p>
      <Link className="button button-quiet" to={{ screen: "charts", filters: clearFilters(filters) }}>
        Clear the filters
      </Link>
    </Empty>
  );
}
