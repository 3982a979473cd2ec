// Where in the app a person is, kept in the hash: a reload comes back to it, on any server and offline.

import { useMemo, useSyncExternalStore } from "react";
import { facetNames } from "./reports/facets.ts";

export type Route =
  | { readonly screen: "reports"; readonly pane: ReportsPane; readonly filters: FilterText }
  | { readonly screen: "charts"; readonly filters: FilterText }
  | { readonly screen: "airports" }
  | { readonly screen: "changes" }
  /** Repairing the rejected change of this number. */
  | { readonly screen: "repair"; readonly n: number }
  | { readonly screen: "try" }
  | { readonly screen: "you" };

export type ReportsPane =
  | { readonly kind: "none" }
  | { readonly kind: "report"; readonly reportId: string }
  | { readonly kind: "edit"; readonly reportId: string }
  | { readonly kind: "new" }
  /** A report just filed here, whose id is not known yet. */
  | { readonly kind: "filed"; readonly airportId: string; readonly draftKey: string };

/** Filters as they stand in the address: unchecked text by name. Choices of which there may be several have commas between. */
export type FilterText = Readonly<Record<string, string>>;

export const filterNames = ["find", ...facetNames, "period", "from", "to", "sort"] as const;
export type FilterName = (typeof filterNames)[number];

/** Reads a location hash; anything unknown is the list of reports. */
export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?");
  const [screen, ...rest] = path.split("/").map(decodeSegment);
  if (screen === "charts") return { screen, filters: parseFilters(search) };
  if (screen === "airports" || screen === "try" || screen === "you") return { screen };
  if (screen === "changes") {
    const n = Number(rest[0] ?? Number.NaN);
    return Number.isInteger(n) ? { screen: "repair", n } : { screen: "changes" };
  }
  return { screen: "reports", pane: parsePane(rest), filters: parseFilters(search) };
}

/** Writes a route as the hash that `parseRoute` reads. */
export function formatRoute(route: Route): string {
  if (route.screen === "repair") return `#/changes/${route.n}`;
  if (!("filters" in route)) return `#/${route.screen}`;
  const path = [route.screen, ...(route.screen === "reports" ? paneSegments(route.pane) : [])]
    .map(encodeURIComponent)
    .join("/");
  const search = new URLSearchParams(route.filters).toString();
  return `#/${path}${search === "" ? "" : `?${search}`}`;
}

/** Goes to a route. `replace`: without a step that "back" would return to. */
export function navigate(route: Route, how: "push" | "replace" = "push"): void {
  if (how === "push") history.pushState(null, "", formatRoute(route));
  else history.replaceState(null, "", formatRoute(route));
  for (const listener of listeners) listener();
}

/** The route on which the app stands. */
export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, readHash);
  return useMemo(() => parseRoute(hash), [hash]);
}

const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}

function readHash(): string {
  return location.hash;
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    // Typed by hand or cut off: no report has such an id, and its screen says so.
    return segment;
  }
}

function parsePane([first, second, third]: readonly string[]): ReportsPane {
  if (first === undefined || first === "") return { kind: "none" };
  if (first === "new") return { kind: "new" };
  if (first === "filed") {
    if (second === undefined || third === undefined) return { kind: "none" };
    return { kind: "filed", airportId: second, draftKey: third };
  }
  return { kind: second === "edit" ? "edit" : "report", reportId: first };
}

function paneSegments(pane: ReportsPane): string[] {
  switch (pane.kind) {
    case "none":
      return [];
    case "new":
      return ["new"];
    case "report":
      return [pane.reportId];
    case "edit":
      return [pane.reportId, "edit"];
    case "filed":
      return ["filed", pane.airportId, pane.draftKey];
  }
}

function parseFilters(search: string): FilterText {
  const params = new URLSearchParams(search);
  const filters: Record<string, string> = {};
  for (const name of filterNames) {
    const text = params.get(name);
    if (text !== null && text !== "") filters[name] = text;
  }
  return filters;
}
