// What is done with the rows of the list, by pointer and by key.

import { useEffect, useMemo, useState } from "react";
import type { Doc } from "../../bothy/_generated/dataModel.js";
import { isTakenByTarget, useShortcuts } from "../keyboard/use-shortcuts.ts";
import { navigate, type FilterText, type ReportsPane } from "../route.ts";
import { useStableCallback } from "../stable-callback.ts";
import type { ClosingPlan } from "./close-many.ts";
import { useCursor, type Cursor } from "./cursor.ts";
import type { HeldReport } from "./held-reports.ts";
import { useDeeds } from "./deeds.ts";
import type { Deed } from "./list-head.tsx";
import { extendTo, nothingSelected, selectAll, toggleRow, type Selection } from "./selection.ts";

interface Place {
  /** Those that the list shows. */
  readonly reports: readonly HeldReport[];
  /** All, because the open report need not be among those. */
  readonly held: readonly HeldReport[];
  readonly pane: ReportsPane;
  readonly filters: FilterText;
  readonly focusFind: () => void;
}

export interface ListActs {
  readonly cursor: Cursor;
  readonly selectedIds: ReadonlySet<string>;
  /** Of the selected reports those that the list shows: nothing is done to what is out of sight. */
  readonly selected: readonly HeldReport[];
  /** Boxes stand beside the rows. */
  readonly isSelecting: boolean;
  readonly isClosing: boolean;
  readonly deed: Deed | undefined;
  readonly setClosing: (isClosing: boolean) => void;
  readonly onClosed: (plan: ClosingPlan) => void;
  readonly onMove: (index: number, isRange: boolean) => void;
  readonly onFocusRow: (index: number) => void;
  readonly onOpen: (index: number) => void;
  readonly onSelect: (reportId: string, isRange: boolean) => void;
  readonly onStartSelecting: () => void;
  readonly onSelectAll: () => void;
  readonly onSelectNone: () => void;
}

const none: readonly HeldReport[] = [];

/** Cursor, selection and the keys of the list. */
export function useListActs(place: Place): ListActs {
  const { reports, filters } = place;
  const cursor = useCursor(reports);
  const [selection, setSelection] = useState(nothingSelected);
  const [isStarted, setStarted] = useState(false);
  const [isClosing, setClosing] = useState(false);
  const { deed, ...deeds } = useDeeds();
  const selected = useMemo(
    () => (selection.ids.size === 0 ? none : reports.filter(({ report }) => selection.ids.has(report._id))),
    [reports, selection],
  );
  const order = (): readonly string[] => reports.map(({ report }) => report._id);
  const acts = {
    onMove: useStableCallback((wanted: number, isRange: boolean) => {
      const index = Math.max(0, Math.min(reports.length - 1, wanted));
      const from = reports[cursor.index]?.report._id;
      const to = reports[index]?.report._id;
      if (isRange && from !== undefined && to !== undefined) {
        const start = selection.anchorId === undefined ? toggleRow(selection, from) : selection;
        setSelection(extendTo(start, order(), to));
      }
      cursor.moveTo(index, true);
    }),
    onFocusRow: useStableCallback((index: number) => cursor.moveTo(index, false)),
    onOpen: useStableCallback((index: number) => {
      const reportId = reports[index]?.report._id;
      cursor.moveTo(index, false);
      if (reportId !== undefined) navigate({ screen: "reports", pane: { kind: "report", reportId }, filters });
    }),
    onSelect: useStableCallback((reportId: string, isRange: boolean) => {
      cursor.moveTo(order().indexOf(reportId), false);
      setSelection(isRange ? extendTo(selection, order(), reportId) : toggleRow(selection, reportId));
    }),
    onSelectAll: useStableCallback(() => setSelection(selectAll(order()))),
    onStartSelecting: useStableCallback(() => setStarted(true)),
    onSelectNone: useStableCallback(() => {
      setStarted(false);
      setSelection(nothingSelected);
    }),
  };
  useListKeys({ ...place, ...acts, cursor, selection, ...deeds, closeSelected: () => setClosing(selected.length > 0) });
  return {
    ...acts,
    cursor,
    selectedIds: selection.ids,
    selected,
    isSelecting: isStarted || selection.ids.size > 0,
    isClosing,
    setClosing,
    deed,
    onClosed(plan) {
      setClosing(false);
      acts.onSelectNone();
      deeds.tellClosed(plan);
    },
  };
}

interface ListKeys extends Place, Pick<ListActs, "cursor" | "onMove" | "onSelect" | "onSelectNone"> {
  readonly selection: Selection;
  readonly closeOne: (report: Doc<"reports">) => void;
  readonly tellClosedToEdit: (report: Doc<"reports">) => void;
  readonly closeSelected: () => void;
}

function useListKeys(keys: ListKeys): void {
  const { reports, pane, filters, cursor, selection } = keys;
  const openId = "reportId" in pane ? pane.reportId : undefined;
  /** The report that keys act on: that of the row where the focus is, else the one that is open. */
  const target = () => {
    const atCursor = reports[cursor.index]?.report;
    if (isFocusInList() || openId === undefined) return atCursor;
    return keys.held.find(({ report }) => report._id === openId)?.report;
  };
  const step = (rows: number) => cursor.moveTo(isFocusInList() ? cursor.index + rows : cursor.index, true);
  useShortcuts({
    find: keys.focusFind,
    next: () => step(1),
    previous: () => step(-1),
    select() {
      const report = reports[cursor.index]?.report;
      if (report !== undefined) keys.onSelect(report._id, false);
    },
    edit() {
      const report = target();
      if (report === undefined) return;
      if (report.status === "closed") return keys.tellClosedToEdit(report);
      navigate({ screen: "reports", pane: { kind: "edit", reportId: report._id }, filters });
    },
    close() {
      const report = target();
      if (selection.ids.size > 0) keys.closeSelected();
      else if (report !== undefined) keys.closeOne(report);
    },
  });
  const onKey = useStableCallback((event: KeyboardEvent) => {
    if (event.defaultPrevented || isTakenByTarget(event.target)) return;
    if (event.key === "Escape") {
      if (selection.ids.size > 0) keys.onSelectNone();
      else if (pane.kind === "report") {
        navigate({ screen: "reports", pane: { kind: "none" }, filters });
        const index = reports.findIndex(({ report }) => report._id === openId);
        cursor.moveTo(index === -1 ? cursor.index : index, true);
      }
    }
    const isNowhere = event.target instanceof Element && event.target.matches("body, #main, .list-pane");
    if (isNowhere && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      step(0);
    }
  });
  useEffect(() => {
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [onKey]);
}

function isFocusInList(): boolean {
  return document.activeElement?.closest(".rows-reports") !== null && document.activeElement !== null;
}
