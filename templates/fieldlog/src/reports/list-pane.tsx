import { useCallback, useEffect, useRef, useState } from "react";
import { Empty } from "../elements/empty.tsx";
import { Icon } from "../elements/icon.tsx";
import { Link } from "../elements/link.tsx";
import { Loading } from "../elements/loading.tsx";
import { takeFindWish } from "../keyboard/find-wish.ts";
import { ShortcutButton } from "../keyboard/shortcut-help.tsx";
import type { FilterText, ReportsPane } from "../route.ts";
import { CloseDialog } from "./close-dialog.tsx";
import { FilterChips } from "./filter-chips.tsx";
import { clearFilters, narrowingOf } from "./filters.ts";
import type { HeldReport, HeldReports } from "./held-reports.ts";
import { focusPane } from "./focus-pane.ts";
import { useListActs, type ListActs } from "./list-acts.ts";
import type { ListFilters } from "./list-filters.ts";
import { DeedLine, ListHead } from "./list-head.tsx";
import { ListTools } from "./list-tools.tsx";
import { ReportList } from "./report-list.tsx";

interface ListPaneProps extends ListFilters {
  readonly pane: ReportsPane;
  readonly held: HeldReports;
  readonly matches: readonly HeldReport[] | undefined;
  /** The filters that `matches` has passed: a moment behind what is typed. */
  readonly matched: FilterText;
  readonly isPanelOpen: boolean;
  readonly onPanel: () => void;
}

const noReports: readonly HeldReport[] = [];

/** The list with all that narrows, orders and selects it. */
export function ListPane(props: ListPaneProps) {
  const { pane, held, matches = noReports, filters, setFilters, setFind } = props;
  const findField = useRef<HTMLInputElement>(null);
  const focusFind = () => {
    findField.current?.focus();
    findField.current?.select();
  };
  const acts = useListActs({ reports: matches, held: held.reports ?? noReports, pane, filters, focusFind });
  useEffect(() => {
    if (takeFindWish()) findField.current?.focus();
  }, []);
  return (
    <section className="list-pane" aria-label="List of reports" tabIndex={-1}>
      <div className="pane-head">
        <h1>Reports</h1>
        <span className="pane-acts">
          <ShortcutButton />
          <Link
            className="button new-report"
            data-testid="new-report"
            to={{ screen: "reports", pane: { kind: "new" }, filters }}
          >
            <Icon name="plus" />
            New report
          </Link>
        </span>
      </div>
      <ListTools
        filters={filters}
        onChange={setFilters}
        onFind={setFind}
        findField={findField}
        onLeave={() => acts.cursor.moveTo(acts.cursor.index, true)}
        panelCount={narrowingOf(filters).filter((name) => name !== "find").length}
        isPanelOpen={props.isPanelOpen}
        onPanel={props.onPanel}
      />
      <FilterChips airports={held.airports ?? []} filters={filters} onChange={setFilters} />
      <FoundReports {...props} acts={acts} />
      <CloseDialog
        reports={acts.selected}
        isOpen={acts.isClosing}
        onCancel={() => acts.setClosing(false)}
        onClosed={acts.onClosed}
      />
    </section>
  );
}

function FoundReports({
  pane,
  held,
  matches,
  matched,
  filters,
  setFilters,
  acts,
}: ListPaneProps & { readonly acts: ListActs }) {
  const [topDate, setTopDate] = useState<string>();
  const isByDate = matched["sort"] === undefined || matched["sort"] === "oldest";
  const onTop = useCallback((index: number) => setTopDate(matches?.[index]?.report.date.slice(0, 7)), [matches]);
  if (matches === undefined) return <Loading what="reports" error={held.error} />;
  return (
    <>
      <ListHead
        foundCount={matches.length}
        heldCount={held.reports?.length ?? 0}
        selectedCount={acts.selected.length}
        isComplete={held.isComplete}
        topDate={isByDate && matches.length > 0 ? topDate : undefined}
        isSelecting={acts.isSelecting}
        onSelect={acts.onStartSelecting}
        onSelectAll={acts.onSelectAll}
        onSelectNone={acts.onSelectNone}
        onClose={() => acts.setClosing(true)}
      />
      <DeedLine deed={acts.deed} />
      {matches.length === 0 ? (
        <NothingFound held={held} filters={filters} onClear={() => setFilters(clearFilters(filters))} />
      ) : (
        <ReportList
          reports={matches}
          listKey={JSON.stringify(matched)}
          currentId={"reportId" in pane ? pane.reportId : undefined}
          selectedIds={acts.selectedIds}
          isSelecting={acts.isSelecting}
          cursorIndex={acts.cursor.index}
          focusCount={acts.cursor.focusCount}
          onMove={acts.onMove}
          onFocusRow={acts.onFocusRow}
          onOpen={acts.onOpen}
          onSelect={acts.onSelect}
          onSelectAll={acts.onSelectAll}
          onTop={onTop}
        />
      )}
    </>
  );
}

interface NothingFoundProps {
  readonly held: HeldReports;
  readonly filters: FilterText;
  readonly onClear: () => void;
}

function NothingFound({ held, filters, onClear }: NothingFoundProps) {
  if (!held.isComplete) return <Loading what="reports" />;
  if (narrowingOf(filters).length === 0) {
    return (
      <Empty title="No strikes on record">
        <p>Nobody has filed a report for the airports you picked.</p>
      </Empty>
    );
  }
  return (
    <Empty title="Nothing matches">
      <p>
        None of {(held.reports?.length ?? 0).toLocaleString("en")} reports of your airports passes all of these filters.
      </p>
      <button
        type="button"
        className="button button-quiet"
        data-testid="clear-all"
        onClick={(event) => {
          focusPane(event.currentTarget);
          onClear();
        }}
      >
        Clear all filters
      </button>
    </Empty>
  );
}
