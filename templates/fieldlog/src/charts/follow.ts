import { createContext } from "react";
import { navigate, type FilterText, type Route } from "../route.ts";

/** Where a click on a bar leads: always to the reports for which it stands. */
export interface Follow {
  /** Of its link, for whoever opens it elsewhere. */
  readonly routeOf: (filters: FilterText) => Route;
  readonly follow: (filters: FilterText) => void;
}

/** Where the list stands beside the charts: both are narrowed in place, and the next click narrows further. */
export const beside: Follow = {
  routeOf: chartsOf,
  follow: (filters) => navigate(chartsOf(filters)),
};

/**
 * Where there is no room for both: to the list. The charts are left behind with the same filters, so that "back" shows
 * them with that bar chosen.
 */
export const away: Follow = {
  routeOf: listOf,
  follow: (filters) => {
    navigate(chartsOf(filters), "replace");
    navigate(listOf(filters));
  },
};

export const FollowContext = createContext<Follow>(away);

function chartsOf(filters: FilterText): Route {
  return { screen: "charts", filters };
}

function listOf(filters: FilterText): Route {
  return { screen: "reports", pane: { kind: "none" }, filters };
}
