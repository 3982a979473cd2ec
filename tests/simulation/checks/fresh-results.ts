import { decodeValue, encodeValue } from "bothy/internal";
import { ModelState } from "../oracle/model-state.ts";
import type { LoggedCommit } from "../oracle/read-log-files.ts";
import { runModel } from "../oracle/run-model.ts";

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

  /** The database at a version; empty where there is no such version. */
  stateAt(version: number): ModelState {
    return this.#states[version] ?? new ModelState();
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
    return ran.kind === "returned" ? JSON.stringify(encodeValue(ran.value)) : "threw";
  }
}

const tablesByQuery: Readonly<Record<string, readonly string[]>> = {
  "shared/lists:between": ["lists"],
  "shared/lists:read": ["lists"],
  "shared/lists:counters": ["counters"],
  "shared/lists:counterIds": ["counters"],
  "shared/lists:entries": ["entries"],
  "shared/lists:places": ["entries"],
  "shared/notes:rooms": ["members"],
  "shared/notes:inRoom": ["notes"],
  "shared/notes:top": ["notes"],
  "office:counts": ["notes"],
  "office:entries": ["entries"],
};

function tablesOf(query: string): readonly string[] {
  return tablesByQuery[query.slice(0, query.indexOf(" "))] ?? [];
}
