import { decodeValue, encodeValue, type Value } from "bothy/internal";
import { ModelState } from "../oracle/model-state.ts";
import type { LoggedCommit } from "../oracle/read-log-files.ts";
import { runModel } from "../oracle/run-model.ts";
import type { Observation } from "../run/history.ts";
import type { Broken } from "./broken.ts";
import type { FinishedRun } from "./check-run.ts";

/** Server-only queries show results of a version of their own. */
const isServerOnly = (query: string): boolean => query.startsWith("office:");

/** What queries return at each version, found out by running them fresh over the model (P7). */
export class FreshResults {
  readonly #states: readonly ModelState[];
  readonly #changedTables: readonly ReadonlySet<string>[];
  readonly #byQuery = new Map<string, (string | undefined)[]>();

  constructor(commits: readonly LoggedCommit[]) {
    const state = new ModelState();
    const states = [state.clone()];
    for (const commit of commits) {
      state.apply(commit);
      states.push(commit.writes.length > 0 ? state.clone() : (states.at(-1) ?? state));
    }
    this.#states = states;
    this.#changedTables = [
      new Set<string>(),
      ...commits.map(({ writes }) => new Set(writes.map(({ table }) => table))),
    ];
  }

  get lastVersion(): number {
    return this.#states.length - 1;
  }

  /** The result as JSON text. */
  at(version: number, query: string, subject: string): string {
    const key = `${subject} ${query}`;
    const known = this.#byQuery.get(key) ?? [];
    this.#byQuery.set(key, known);
    // Unchanged until a commit writes into a table that the query reads.
    let from = version;
    while (from > 0 && known[from] === undefined && !this.#touches(from, query)) from--;
    const value = (known[from] ??= this.#run(from, query, subject));
    known[version] = value;
    return value;
  }

  #touches(version: number, query: string): boolean {
    const changed = this.#changedTables[version];
    return tablesOf(query).some((table) => changed?.has(table));
  }

  #run(version: number, query: string, subject: string): string {
    const state = this.#states[version];
    if (state === undefined) throw new Error(`there is no version ${version}`);
    const space = query.indexOf(" ");
    const ran = runModel(state, {
      name: query.slice(0, space),
      args: decodeValue(JSON.parse(query.slice(space + 1))),
      subject,
      timeMs: 0,
      nonce: "00".repeat(16),
      deviceKey: "00".repeat(32),
    });
    return ran.kind === "returned" ? JSON.stringify(encodeValue(ran.value as Value)) : "threw";
  }
}

const tablesByQuery: Readonly<Record<string, readonly string[]>> = {
  "shared/lists:between": ["lists"],
  "shared/lists:read": ["lists"],
  "shared/lists:counters": ["counters"],
  "shared/notes:rooms": ["members"],
  "shared/notes:inRoom": ["notes"],
  "shared/notes:top": ["notes"],
  "office:counts": ["notes"],
  "office:entries": ["entries"],
};

function tablesOf(query: string): readonly string[] {
  return tablesByQuery[query.slice(0, query.indexOf(" "))] ?? [];
}

/** P7, C2 and C7: what tabs show is the deployment's state at some version, never an older one, and in the end the last. */
export function checkShown({ history, commits, devices, watched }: FinishedRun): readonly Broken[] {
  const fresh = new FreshResults(commits);
  const broken: Broken[] = history.flashes.map((what) => ({ promise: "C2", what }));
  const versionByTab = new Map<string, number>();
  for (const observation of history.observations) {
    if (observation.pending > 0) continue;
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
    for (const { life, shown } of tabs) {
      for (const { name, args } of watched) {
        const query = `${name} ${JSON.stringify(encodeValue(args))}`;
        const result = shown.get(query);
        const expected = fresh.at(fresh.lastVersion, query, subject);
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

/** The first version, not before the given one, at which every result shown together is what a fresh run returns. */
function versionShown(fresh: FreshResults, { results, subject }: Observation, from: number): number | undefined {
  const own = results.filter(([query]) => !isServerOnly(query));
  for (let version = from; version <= fresh.lastVersion; version++) {
    if (own.every(([query, value]) => fresh.at(version, query, subject) === value)) return version;
  }
  return undefined;
}

function describe({ results }: Observation): string {
  return results.map(([query, value]) => `${query} = ${value}`).join(", ");
}
