import type { Doc } from "../../bothy/_generated/dataModel.js";
import { Empty } from "../elements/empty.tsx";
import { Link } from "../elements/link.tsx";
import { Loading } from "../elements/loading.tsx";
import { navigate, type FilterText, type ReportsPane } from "../route.ts";
import { Welcome } from "../welcome/welcome.tsx";
import { FilterBar } from "./filter-bar.tsx";
import { narrowingOf } from "./filters.ts";
import { FiledReport } from "./filed-report.tsx";
import type { HeldReport } from "./held-reports.ts";
import { useMatchedReports } from "./matched-reports.ts";
import { NewReport } from "./new-report.tsx";
import { ReportDetail } from "./report-detail.tsx";
import { ReportEdit } from "./report-edit.tsx";
import { ReportList } from "./report-list.tsx";

interface ReportsScreenProps {
  readonly pane: ReportsPane;
  readonly filters: FilterText;
}

/** The list of reports and, beside it (on a phone: over it), the one that is open. */
export function ReportsScreen({ pane, filters }: ReportsScreenProps) {
  const { held, matches: found } = useMatchedReports(filters);
  const { airports, isComplete, error } = held;
  if (airports === undefined) return <Loading what="your airports" error={error} />;
  if (airports.length === 0 && pane.kind === "none") return isComplete ? <Welcome /> : <Loading what="your airports" />;
  return (
    <div className="split" data-pane={pane.kind}>
      <section className="list-pane" aria-label="List of reports">
        <div className="pane-head">
          <h1>Reports</h1>
          <Link className="button" data-testid="new-report" to={{ screen: "reports", pane: { kind: "new" }, filters }}>
            New report
          </Link>
        </div>
        <FilterBar
          airports={airports}
          filters={filters}
          onChange={(next) => navigate({ screen: "reports", pane: { kind: "none" }, filters: next }, "replace")}
        />
        <FoundReports
          found={found}
          isComplete={isComplete}
          error={error}
          airports={airports}
          filters={filters}
          pane={pane}
        />
      </section>
      {/* A pane of its own for each: what opens in it begins at its top. */}
      <section className="detail-pane" aria-label="Report" key={JSON.stringify(pane)}>
        <Pane pane={pane} filters={filters} airports={airports} />
      </section>
    </div>
  );
}

interface FoundReportsProps extends ReportsScreenProps {
  readonly found: readonly HeldReport[] | undefined;
  readonly isComplete: boolean;
  readonly error: unknown;
  readonly airports: readonly Doc<"airports">[];
}

function FoundReports({ found, isComplete, error, airports, filters, pane }: FoundReportsProps) {
  if (found === undefined) return <Loading what="reports" error={error} />;
  if (found.length > 0) {
    return (
      <ReportList
        reports={found.map(({ report }) => report)}
        airports={airports}
        filters={filters}
        currentId={"reportId" in pane ? pane.reportId : undefined}
        isComplete={isComplete}
      />
    );
  }
  if (!isComplete) return <Loading what="reports" />;
  if (narrowingOf(filters).length === 0) {
    return (
      <Empty title="No strikes on record">
        <p>Nobody has filed a report for the airports you picked.</p>
      </Empty>
    );
  }
  return (
    <Empty title="Nothing matches">
      <p>No report of your airports passes these filters.</p>
      <Link className="button button-quiet" to={{ screen: "reports", pane, filters: {} }}>
        Clear the filters
      </Link>
    </Empty>
  );
}

function Pane({ pane, filters, airports }: ReportsScreenProps & { readonly airports: readonly Doc<"airports">[] }) {
  switch (pane.kind) {
    case "none":
      return (
        <Empty title="No report open">
          <p>Choose one from the list, or file a new one.</p>
        </Empty>
      );
    case "new":
      return <NewReport airports={airports} filters={filters} />;
    case "report":
      return <ReportDetail key={pane.reportId} reportId={pane.reportId} filters={filters} />;
    case "edit":
      return <ReportEdit key={pane.reportId} reportId={pane.reportId} filters={filters} />;
    case "filed":
      return <FiledReport airportId={pane.airportId} draftKey={pane.draftKey} filters={filters} />;
  }
}
