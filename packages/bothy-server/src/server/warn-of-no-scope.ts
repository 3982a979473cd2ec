import type { FunctionEntry } from "../runtime/index.ts";

/**
 * Tells who develops an app that devices would lose sight of what they write: without a scope they are granted no rows,
 * and what a shared mutation wrote on the device goes with the acknowledgement.
 */
export function warnOfNoScope(
  functions: Iterable<Pick<FunctionEntry, "name" | "kind" | "isShared" | "visibility">>,
  tell: (text: string) => void,
): void {
  const all = [...functions];
  const isOnDevices = all.find(
    ({ kind, isShared, visibility }) => kind === "mutation" && isShared && visibility === "public",
  );
  if (isOnDevices === undefined || all.some(({ kind }) => kind === "scope")) return;
  tell(
    `Warning: The app has no scope, so devices hold no rows: what ${isOnDevices.name} writes vanishes from its device ` +
      "once the server has it. Export a scope that grants the rows, from bothy/scopes.ts for example.",
  );
}
