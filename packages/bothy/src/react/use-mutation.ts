import { useCallback } from "react";
import type { BothyClient, MutationPromises } from "../client/index.ts";
import { getFunctionName, type ArgsOf, type FunctionReference, type ReturnOf } from "../functions/index.ts";
import { useClient } from "./provider.tsx";

/** A function that calls a mutation; the same function in every render. */
export function useMutation<F extends FunctionReference<"mutation", "public">>(
  reference: F,
): (args: ArgsOf<F>) => MutationPromises<ReturnOf<F>> {
  const client = useClient();
  // The name, because references may be new objects in every render.
  const name = getFunctionName(reference);
  return useCallback((args: ArgsOf<F>) => client.mutate<F>(name, args), [client, name]);
}

/** `client.group`: calls several mutations as one. */
export function useGroup(): BothyClient["group"] {
  const client = useClient();
  return useCallback<BothyClient["group"]>((calls) => client.group(calls), [client]);
}
