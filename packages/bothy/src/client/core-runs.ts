import { createCallSource } from "../functions/index.ts";
import { callsOf, groupName } from "../protocol/index.ts";
import type { HeldRanges } from "../ranges/index.ts";
import { readValue } from "../values/index.ts";
import type { CoreParts } from "./core-parts.ts";
import { loadingResult, type Evaluation, type QueryCall } from "./live-queries.ts";
import { emptyRun, runCall, type CallRun, type LocalCall, type LocalPart } from "./run-call.ts";
import type { MutationCall } from "./stored-rows.ts";

/** A query that has to read more segments than this is run behind all that waits. */
const manySegments = 16;

/** Runs functions over what is known here, reading from disk what they need. */
export interface CoreRuns {
  /** Runs a mutation, or a group, over these rows. */
  replay(rows: HeldRanges, call: MutationCall): Promise<CallRun>;
  /** Runs a query over what is shown; undefined: not here, or not now. */
  evaluate(call: QueryCall, isNew: boolean): Promise<Evaluation | undefined>;
}

/** A call whose functions are named. */
interface NamedCall extends Pick<LocalCall, "timeMs" | "isGroup"> {
  readonly parts: readonly Omit<LocalPart, "registered">[];
  readonly seed: string;
}

export function createRuns(core: CoreParts, onUnreadable: (error: unknown) => void): CoreRuns {
  const { disk, functions, schema, world } = core;
  // Large queries that have let others go first.
  const postponed = new Set<string>();

  const run = async (
    rows: HeldRanges,
    { seed, ...call }: NamedCall,
    hasTime: (lackCount: number) => boolean = () => true,
  ): Promise<CallRun> => {
    const parts: LocalPart[] = [];
    for (const part of call.parts) {
      const registered = functions.get(part.name)?.registered;
      // A group is run whole or not at all.
      if (!registered) return emptyRun;
      parts.push({ ...part, registered });
    }
    for (let round = 0; ; round++) {
      const local = { ...call, parts, identity: core.identity.value, source: createCallSource(core.deviceKey, seed) };
      const ran = await runCall(local, rows, {
        schema,
        clock: world.clock,
        lacking: (read, found) => disk.lacking(read, found, round),
      });
      const made = { ...ran, isComplete: ran.isComplete && !ran.reads.some(({ table }) => core.doubted.has(table)) };
      if (made.lacks.length === 0 || !hasTime(made.lacks.length)) return made;
      try {
        // They come into the very rows that this reads.
        await disk.load(made.lacks);
      } catch (error) {
        onUnreadable(error);
        return made;
      }
    }
  };

  return {
    replay(rows, call) {
      const parts = callsOf(call).map(([name, version, args]) => ({ name, version, args: readValue(args) }));
      return run(rows, { parts, isGroup: call.name === groupName, timeMs: call.time, seed: call.nonce });
    },
    async evaluate({ key, name, args }, isNew) {
      if (!functions.has(name)) return undefined;
      if (!core.isHydrated) return { result: loadingResult, reads: [] };
      // One that shows something already moves together with all others.
      const isPatient = !isNew || postponed.has(key);
      const hasTime = (count: number): boolean => isPatient || count <= manySegments;
      const call = { parts: [{ name, args }], isGroup: false, timeMs: core.nowMs(), seed: key };
      const made = await run(core.overlay.shown, call, hasTime);
      if (made.lacks.length === 0) {
        postponed.delete(key);
        return evaluationOf(made, core.state.server !== "");
      }
      if (!hasTime(made.lacks.length)) {
        postponed.add(key);
        void core.serial.run(() => core.queries.run(key));
      }
      // What it has shown stays.
      return undefined;
    },
  };
}

/** What a run of a query shows. Before the first poke a document that is not there says nothing. */
function evaluationOf({ outcome, isComplete: complete, reads }: CallRun, hasSynced: boolean): Evaluation {
  const isKnown = complete || hasSynced;
  if (outcome.kind === "returned") {
    return { result: { value: outcome.value, complete, status: isKnown ? "ok" : "loading" }, reads };
  }
  if (!isKnown) return { result: loadingResult, reads };
  return { result: { value: undefined, complete, status: "error", error: outcome.error }, reads };
}
