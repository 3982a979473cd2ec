import { createContext } from "react";
import { navigate, type FilterText, type Route } from "../route.ts";

/** Where a click on a bar leads. */
export interface Follow {
  /** What its link says, for whoever opens it elsewhere. */
  readonly routeOf: (filters: FilterText) => Route;
  readonly follow: (filters: FilterText) => void;
}

/**
 * Leads to the list of what was clicked. The charts are left behind with the same filters, so that "back" shows them with
 * that bar chosen, ready for the next.
 */
export const toTheList: Follow = {
  routeOf: listOf,
  follow: (filters) => {
    navigate({ screen: "charts", filters }, "replace");
    navigate(listOf(filters));
  },
};

export const FollowContext = createContext<Follow>(toTheList);

function listOf(filters: FilterText): Route {
  return { screen: "reports", pane: { kind: "none" }, filters };
}
