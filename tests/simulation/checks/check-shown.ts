import { encodeValue } from "bothy/internal";
import type { WatchedQuery } from "../run/client-device.ts";
import type { Observation } from "../run/history.ts";
import type { Broken } from "./broken.ts";
import type { FinishedRun } from "./finished-run.ts";
import type { FreshResults } from "./fresh-results.ts";

/** Server-only queries show results of a version of their own. */
const isServerOnly = (query: string): boolean => query.startsWith("office:");

/** P7, C2 and C7: what tabs show is the deployment's state at some version, never an older one, and in the end the last. */
export function checkShown({ history, devices, watched }: FinishedRun, fresh: FreshResults): readonly Broken[] {
  const broken: Broken[] = history.flashes.map((what) => ({ promise: "C2", what }));
  broken.push(...shownTwice(history.observations.filter(({ device }) => !history.copied.has(device))));
  const versionByTab = new Map<string, number>();
  for (const observation of history.observations) {
    // A tab that has not heard of a restored deployment yet shows what that has forgotten.
    if (observation.pending > 0 || history.restored || history.decayed.has(observation.device)) continue;
    const from = versionByTab.get(observation.tab) ?? 0;
    const version = versionShown(fresh, observation, from);
    if (version !== undefined) versionByTab.set(observation.tab, version);
    else {
      const [promise, why] =
        versionShown(fresh, observation, 0) === undefined
          ? ["P7", "no version has all of these results"]
          : ["P7 C2", `only versions before ${from}, which it showed already, have all of these results`];
      broken.push({
        promise,
        what: `${observation.tab} shows ${describe(observation)}: ${why}`,
        atMs: observation.atMs,
      });
    }
  }
  for (const { tabs, subject = "" } of devices) {
    for (const { life, shown, client, isNext } of tabs) {
      // A hold is in the terms of an app: the leader does not take one from a tab of another version.
      const held = new Set(tabs.filter((tab) => tab.isNext === isNext).flatMap((tab) => [...tab.lists]));
      // Beside a tab of the next version of the app it shows rows of another schema, none of them as complete (CL7).
      const isOutdated = client.status.value.updateReady;
      for (const { name, args } of watched) {
        const query = `${name} ${JSON.stringify(encodeValue(args))}`;
        const result = shown.get(query);
        const expected = fresh.at(fresh.lastVersion, query, subject);
        if (!isOutdated && result?.complete !== true && mustBeWhole(fresh, { name, args, subject, held }))
          broken.push({
            promise: "C7",
            what: `in the end ${life.name} has not all of ${query}, which its scopes grant`,
          });
        const isExpected = result?.complete === true || isServerOnly(query);
        if (result?.value === undefined || !isExpected) continue;
        const value = JSON.stringify(encodeValue(result.value));
        if (value !== expected)
          broken.push({
            promise: "C7",
            what: `in the end ${life.name} shows ${query} as ${value}, the server has ${expected}`,
          });
      }
    }
  }
  return broken;
}

/** Lists, counters and places are everybody's, entries are whole for who holds their list; of a room a member holds all notes, or as many of the newest as are asked for. */
function mustBeWhole(
  fresh: FreshResults,
  { name, args, subject, held }: WatchedQuery & { readonly subject: string; readonly held: ReadonlySet<number> },
): boolean {
  if (isServerOnly(name)) return false;
  const { room, list } = args;
  if (name === "shared/lists:entries") return held.has(Number(list));
  if (typeof room !== "string") return true;
  const rooms = JSON.parse(fresh.at(fresh.lastVersion, "shared/notes:rooms {}", subject)) as readonly string[];
  return rooms.includes(room);
}

/** The first version, not before the given one, at which every result shown together is what a fresh run returns. */
function versionShown(fresh: FreshResults, { results, subject }: Observation, from: number): number | undefined {
  const own = results.filter(([query]) => !isServerOnly(query));
  for (let version = from; version <= fresh.lastVersion; version++) {
    if (own.every(([query, value]) => fresh.at(version, query, subject) === value)) return version;
  }
  return undefined;
}

/**
 * C2: each item is appended once, so that no list shows it twice, whatever waits. Not of copies: what the other has sent waits here,
 * too, until it is answered.
 */
function shownTwice(observations: readonly Observation[]): readonly Broken[] {
  return observations.flatMap(({ tab, atMs, results }) =>
    results.flatMap(([query, value]): readonly Broken[] => {
      const items = query.startsWith("shared/lists:between") ? (value.match(/"op\d+\.\d+"/g) ?? []) : [];
      if (new Set(items).size === items.length) return [];
      return [{ promise: "C2", what: `${tab} shows ${value}, with an item that was appended once`, atMs }];
    }),
  );
}

function describe({ results }: Observation): string {
  return results.map(([query, value]) => `${query} = ${value}`).join(", ");
}
