import { useSyncExternalStore } from "react";
import type { QueryResult, QueryView } from "../client/index.ts";
import type { ArgsOf, FunctionReference, ReturnOf } from "../functions/index.ts";
import { useClient } from "./provider.tsx";

/** What a query shows that is skipped, and on a server that renders. */
const loading: QueryResult<never> = { value: undefined, complete: false, status: "loading" };

const skipped: QueryView<never> = { result: loading, subscribe: () => () => undefined };

/** Shows a query, live; with "skip" it is not asked. Equal arguments are the same query, whatever object they come in. */
export function useQuery<F extends FunctionReference<"query", "public">>(
  reference: F,
  args: ArgsOf<F> | "skip",
): QueryResult<ReturnOf<F>> {
  const client = useClient();
  // The same view in every render, because equal calls share one.
  const view: QueryView<ReturnOf<F>> = args === "skip" ? skipped : client.query(reference, args);
  return useSyncExternalStore(
    view.subscribe,
    () => view.result,
    () => loading,
  );
}
