import { useCallback, useSyncExternalStore } from "react";
import type { HoldOptions, HoldStatus } from "../client/index.ts";
import { getFunctionName, type ArgsOf, type FunctionReference } from "../functions/index.ts";
import { readValue, stringifyValue, type Value } from "../values/index.ts";
import { useClient } from "./provider.tsx";

/** What a scope shows that is skipped, and on a server that renders. */
const loading: HoldStatus = { state: "loading" };

/** Holds a scope with arguments while the component is there, and shows how that stands; with "skip" it is not asked for. */
export function useScope<F extends FunctionReference<"scope", "public">>(
  reference: F,
  args: ArgsOf<F> | "skip",
  { keep }: HoldOptions = {},
): HoldStatus {
  const client = useClient();
  const name = getFunctionName(reference);
  // Texts, because references and arguments may be new objects in every render.
  const text = args === "skip" ? "" : stringifyValue(args as Value);
  const subscribe = useCallback(
    (listener: () => void) => {
      if (text === "") return () => undefined;
      const hold = client.hold<F>(name, readValue(JSON.parse(text)) as ArgsOf<F>, keep === undefined ? {} : { keep });
      const stop = hold.subscribe(listener);
      return () => {
        stop();
        hold.release();
      };
    },
    [client, name, text, keep],
  );
  const read = (): HoldStatus => (args === "skip" ? loading : client.holdStatus<F>(name, args));
  return useSyncExternalStore(subscribe, read, () => loading);
}
