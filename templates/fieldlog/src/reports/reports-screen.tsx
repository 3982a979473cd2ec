import { useQuery } from "bothy/react";
import { api } from "../../bothy/_generated/api.js";
import { Empty } from "../elements/empty.tsx";
import { Link } from "../elements/link.tsx";
import { Loading } from "../elements/loading.tsx";
import { navigate, type FilterText, type ReportsPane } from "../route.ts";
import { useSteady } from "../steady-query.ts";
import { FilterBar } from "./filter-bar.tsx";
import { parseFilterText } from "./filters.ts";
import { FiledReport } from "./filed-report.tsx";
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
  const picked = useSteady(useQuery(api.shared.picks.airports, {}));
  const airports = picked.value;
  const chosen = airports?.filter((airport) => filters["airport"] === undefined || airport._id === filters["airport"]);
  const found = useSteady(
    useQuery(
      api.shared.reports.list,
      chosen === undefined
        ? "skip"
        : { airportIds: chosen.map((airport) => airport._id), filters: parseFilterText(filters) },
    ),
  );
  if (airports === undefined) return <Loading what="your airports" error={picked.error} />;
  if (airports.length === 0 && pane.kind === "none") return <NothingPicked isKnown={picked.complete} />;
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
        <FoundReports found={found} airports={airports} filters={filters} pane={pane} />
      </section>
      {/* A pane of its own for each: what opens in it begins at its top. */}
      <section className="detail-pane" aria-label="Report" key={JSON.stringify(pane)}>
        <Pane pane={pane} filters={filters} airports={airports} />
      </section>
    </div>
  );
}

type Airports = NonNullable<ReturnType<typeof useQuery<typeof api.shared.picks.airports>>["value"]>;
type Found = ReturnType<typeof useQuery<typeof api.shared.reports.list>>;

function FoundReports(props: ReportsScreenProps & { readonly found: Found; readonly airports: Airports }) {
  const { found, airports, filters, pane } = props;
  if (found.value === undefined) return <Loading what="reports" error={found.error} />;
  if (found.value.length > 0) {
    return (
      <ReportList
        reports={found.value}
        airports={airports}
        filters={filters}
        currentId={"reportId" in pane ? pane.reportId : undefined}
        isComplete={found.complete}
      />
    );
  }
  if (!found.complete) return <Loading what="reports" />;
  if (Object.keys(filters).length === 0) {
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

function Pane({ pane, filters, airports }: ReportsScreenProps & { readonly airports: Airports }) {
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

function NothingPicked({ isKnown }: { readonly isKnown: boolean }) {
  if (!isKnown) return <Loading what="your airports" />;
  return (
    <Empty title="Which airports are yours?">
      <p>
        Pick the airports you work at. Their reports come onto this device and stay there, with or without coverage.
      </p>
      <Link className="button" to={{ screen: "airports" }}>
        Choose airports
      </Link>
    </Empty>
  );
}
