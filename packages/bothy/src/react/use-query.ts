import { useCallback, useSyncExternalStore } from "react";
import type { QueryResult } from "../client/index.ts";
import { getFunctionName, type ArgsOf, type FunctionReference, type ReturnOf } from "../functions/index.ts";
import { stringifyValue, type Value } from "../values/index.ts";
import { useClient } from "./provider.tsx";

/** What a query shows that is skipped, and on a server that renders. */
const loading: QueryResult<never> = { value: undefined, complete: false, status: "loading" };

/** Shows a query, live; with "skip" it is not asked. Equal arguments are the same query, whatever object they come in. */
export function useQuery<F extends FunctionReference<"query", "public">>(
  reference: F,
  args: ArgsOf<F> | "skip",
): QueryResult<ReturnOf<F>> {
  const client = useClient();
  const isSkipped = args === "skip";
  const key = isSkipped ? "skip" : `${getFunctionName(reference)} ${stringifyValue(args as Value)}`;
  // The key says all that matters of reference and arguments, which may be new objects in every render.
  const subscribe = useCallback(
    (listener: () => void) => (isSkipped ? () => undefined : client.query(reference, args).subscribe(listener)),
    [client, key],
  );
  const read = useCallback(
    (): QueryResult<ReturnOf<F>> => (isSkipped ? loading : client.query(reference, args).result),
    [client, key],
  );
  return useSyncExternalStore(subscribe, read, readOnServer);
}

function readOnServer(): QueryResult<never> {
  return loading;
}
