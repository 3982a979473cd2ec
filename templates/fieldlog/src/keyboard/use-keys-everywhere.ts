import { navigate, type ReportsPane, type Route } from "../route.ts";
import { wishToFind } from "./find-wish.ts";
import { useShortcuts } from "./use-shortcuts.ts";

/** Finding and filing begin on every screen. Where the list is, it finds by itself. */
export function useKeysEverywhere(route: Route): void {
  const toReports = (pane: ReportsPane) =>
    navigate({ screen: "reports", pane, filters: "filters" in route ? route.filters : {} });
  const find = () => {
    wishToFind();
    toReports({ kind: "none" });
  };
  useShortcuts({
    new: () => toReports({ kind: "new" }),
    ...(route.screen === "reports" ? {} : { find }),
  });
}
