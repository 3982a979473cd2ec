import { useEffect, useState } from "react";
import { navigate, type FilterText, type ReportsPane } from "../route.ts";
import { withFilter } from "./filters.ts";

/** How long typing rests before its text goes into the address: browsers take only so many addresses in a minute. */
const restMs = 300;

export interface ListFilters {
  /** What the list shows: the address with what is being typed. The same object until something else is in it. */
  readonly filters: FilterText;
  readonly setFilters: (filters: FilterText) => void;
  readonly setFind: (find: string) => void;
}

/** The filters of the list: those of the address, and ahead of it the text that is being typed. */
export function useListFilters(address: FilterText, pane: ReportsPane): ListFilters {
  const [typed, setTyped] = useState({ find: address["find"] ?? "", address: address["find"] });
  // The address has another text than the one from which typing went on: it counts, whoever put it there.
  if (typed.address !== address["find"]) setTyped({ find: address["find"] ?? "", address: address["find"] });
  const filters = useSame(withFilter(address, "find", typed.find));
  const setFilters = (next: FilterText) => navigate({ screen: "reports", pane, filters: next }, "replace");
  useEffect(() => {
    if (typed.find === (address["find"] ?? "")) return undefined;
    const timer = setTimeout(() => navigate({ screen: "reports", pane, filters }, "replace"), restMs);
    return () => clearTimeout(timer);
  }, [typed, address, pane, filters]);
  return { filters, setFilters, setFind: (find) => setTyped({ find, address: address["find"] }) };
}

/** The last object while a new one says the same: opening a report is no reason to match ten thousand. */
function useSame(text: FilterText): FilterText {
  const [last, setLast] = useState(text);
  if (last === text || JSON.stringify(last) === JSON.stringify(text)) return last;
  setLast(text);
  return text;
}
