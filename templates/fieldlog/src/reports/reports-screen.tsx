import { useDeferredValue, useState } from "react";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { Dialog } from "../elements/dialog.tsx";
import { Empty } from "../elements/empty.tsx";
import { Kbd } from "../elements/kbd.tsx";
import { Loading } from "../elements/loading.tsx";
import { formatCount } from "../format.ts";
import { useMedia } from "../media.ts";
import { useRemembered } from "../remembered.ts";
import type { FilterText, ReportsPane } from "../route.ts";
import { useStableCallback } from "../stable-callback.ts";
import { Welcome } from "../welcome/welcome.tsx";
import { FilterPanel } from "./filter-panel.tsx";
import { clearFilters } from "./filters.ts";
import { FiledReport } from "./filed-report.tsx";
import { useListFilters } from "./list-filters.ts";
import { ListPane } from "./list-pane.tsx";
import { useMatchedReports } from "./matched-reports.ts";
import { NewReport } from "./new-report.tsx";
import { ReportDetail } from "./report-detail.tsx";
import { ReportEdit } from "./report-edit.tsx";

interface ReportsScreenProps {
  readonly pane: ReportsPane;
  readonly filters: FilterText;
}

/** The list of reports and, beside it (on a phone: over it), the one that is open. */
export function ReportsScreen({ pane, filters: address }: ReportsScreenProps) {
  const list = useListFilters(address, pane);
  const { filters } = list;
  const setFilters = useStableCallback(list.setFilters);
  // What is typed and ticked shows at once; ten thousand reports are matched when the browser has drawn that.
  const matched = useDeferredValue(filters);
  const { held, filters: parsed, matches } = useMatchedReports(matched);
  const panel = usePanel();
  const { airports, isComplete, error } = held;
  if (airports === undefined) return <Loading what="your airports" error={error} />;
  // A report is filed for an airport that one follows.
  if (airports.length === 0 && (pane.kind === "none" || pane.kind === "new"))
    return isComplete ? <Welcome /> : <Loading what="your airports" />;
  const content = <FilterPanel held={held} text={filters} filters={parsed} onChange={setFilters} />;
  return (
    <div className="split" data-pane={pane.kind} data-panel={panel.isBeside && panel.isOpen}>
      {panel.isBeside && panel.isOpen ? (
        <section className="panel-pane" aria-label="Filters">
          <h2>Filters</h2>
          {content}
        </section>
      ) : null}
      <ListPane
        pane={pane}
        held={held}
        matches={matches}
        matched={matched}
        filters={filters}
        setFilters={setFilters}
        setFind={list.setFind}
        isPanelOpen={panel.isOpen}
        onPanel={panel.toggle}
      />
      <Dialog title="Filters" isOpen={!panel.isBeside && panel.isOpen} onClose={panel.close} testId="filter-sheet">
        {content}
        <div className="filter-foot">
          <button type="button" className="button button-quiet" onClick={() => setFilters(clearFilters(filters))}>
            Clear all
          </button>
          <button type="button" className="button" data-testid="show-reports" onClick={panel.close}>
            Show {formatCount(matches?.length ?? 0, "report")}
          </button>
        </div>
      </Dialog>
      {/* A pane of its own for each: what opens in it begins at its top. */}
      <section className="detail-pane" aria-label="Report" key={JSON.stringify(pane)}>
        <Pane pane={pane} filters={filters} airports={airports} />
      </section>
    </div>
  );
}

/** The filters stand beside the list where there is room for three columns; elsewhere they come over it. */
function usePanel() {
  const isBeside = useMedia("(min-width: 1200px)");
  const isRoomy = useMedia("(min-width: 1400px)");
  const [beside, setBeside] = useRemembered("fieldlog.filters", isRoomy ? "open" : "closed");
  const [isOver, setIsOver] = useState(false);
  return {
    isBeside,
    isOpen: isBeside ? beside === "open" : isOver,
    toggle: () => (isBeside ? setBeside(beside === "open" ? "closed" : "open") : setIsOver(!isOver)),
    close: () => setIsOver(false),
  };
}

function Pane({ pane, filters, airports }: ReportsScreenProps & { readonly airports: readonly Doc<"airports">[] }) {
  switch (pane.kind) {
    case "none":
      return (
        <Empty title="No report open">
          <p>Choose one from the list, or file a new one.</p>
          <p className="key-hints">
            <span>
              <Kbd>↑</Kbd> <Kbd>↓</Kbd> walk
            </span>
            <span>
              <Kbd>/</Kbd> finds
            </span>
            <span>
              <Kbd>?</Kbd> lists all keys
            </span>
          </p>
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
