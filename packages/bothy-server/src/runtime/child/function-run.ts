import {
  BothyError,
  bytesOfHex,
  createCallSource,
  createTransaction,
  encodeValue,
  fetchWith,
  keyRangeOf,
  rangeSpecToJson,
  scopeSpecsOf,
} from "bothy/internal";
import type { Auth, Fetched, Json, KeyRange, TransactionWrite } from "bothy/internal";
import type { DocumentWrite } from "../../engine/index.ts";
import type { FunctionCall } from "../function-pool.ts";
import type { DoneMessage, LimitedRange } from "../messages.ts";
import { partsOf } from "../call-parts.ts";
import { argumentsOf, missingFunction, resultOf, resultsOf, wireErrorOf } from "./call-values.ts";
import type { HotSnapshot, RangeRows } from "./hot-ranges.ts";
import type { LoadedBundle } from "./load-bundle.ts";

/** An outcome as it is sent to the server. */
export type Done = Pick<DoneMessage, "outcome" | "ranges">;

export interface RunParts {
  readonly bundle: LoadedBundle;
  readonly request: FunctionCall;
  readonly snapshot: HotSnapshot;
  /** Rows as the snapshot has them; nothing: they cannot be had any more. */
  readonly read: (wanted: LimitedRange) => Promise<RangeRows | undefined>;
  /** The snapshot is too old to go on: the call has to begin anew, and this run is never heard of again. */
  readonly onOvertaken: () => void;
  /** Something other than an error of Bothy or the app was thrown. */
  readonly onFault: (stack: string) => void;
}

/** One run of a function over one snapshot. */
export interface FunctionRun {
  start(): Promise<Done>;
  /** The outcome if something thrown ends the run. */
  threw(thrown: unknown): Done;
  /** The function has asked for the time. */
  noteTimeRead(): void;
  /** What its chance is: as on the device, and on every run (FN4). */
  random(): number;
}

interface Finished {
  readonly snapshot: number;
  readonly reads: readonly KeyRange[];
  readonly hasReadIdentity: boolean;
  readonly hasReadTime: boolean;
}

/** Prepares a run of a function: a transaction over the snapshot, and the context that the function is given. */
export function createFunctionRun(parts: RunParts): FunctionRun {
  const { bundle, request, snapshot } = parts;
  const source = createCallSource(bytesOfHex(request.deviceKey), request.nonce);
  let hasReadIdentity = false;
  let hasReadTime = false;
  const transaction = createTransaction({
    schema: bundle.schema,
    held: snapshot.held,
    timeMs: request.timeMs,
    nextId: source.nextId,
    isReadOnly: request.kind !== "mutation",
    fetch: fetchWith((range, order, limit) => fetchRows(parts, { range, order, limit })),
  });
  const auth: Auth = {
    getUserIdentity: async () => {
      hasReadIdentity = true;
      return request.identity === null ? null : Object.freeze({ ...request.identity });
    },
  };
  const finished = (): Finished => ({
    snapshot: snapshot.version,
    reads: transaction.reads(),
    hasReadIdentity,
    hasReadTime,
  });
  const threw = (thrown: unknown): Done => ({
    outcome: { kind: "threw", ...finished(), error: wireErrorOf(thrown, parts.onFault) },
  });
  return {
    threw,
    noteTimeRead: () => void (hasReadTime = true),
    random: source.random,
    async start() {
      try {
        const context = { db: transaction.db, auth, server: { kind: "server" } as const };
        const values: Json[] = [];
        for (const [k, part] of partsOf(request).entries()) {
          const registered = bundle.functionByName.get(part.name);
          if (registered === undefined) return { outcome: missingFunction(part.name) };
          if (request.isGroup === true) source.begin(k);
          const returned = await registered.handler(context, argumentsOf(registered, part));
          // What the function did not wait for has its effect too, be its document in memory or not.
          await transaction.rest();
          if (registered.kind === "scope") return doneScope(parts, finished(), returned);
          values.push(resultOf(registered, part.name, returned));
        }
        const value = request.isGroup === true ? resultsOf(values) : (values[0] ?? null);
        return { outcome: { kind: "returned", ...finished(), value, writes: transaction.writes().map(writeOf) } };
      } catch (thrown) {
        return threw(thrown);
      }
    },
  };
}

async function fetchRows(parts: RunParts, wanted: LimitedRange): Promise<Fetched> {
  const rows = await parts.read(wanted);
  if (rows !== undefined) return rows;
  parts.onOvertaken();
  // The function waits here until it is collected: an error could be caught by it, and be acted on.
  return new Promise(() => {});
}

function doneScope({ bundle, request }: RunParts, finished: Finished, returned: unknown): Done {
  const { ranges, until } = scopeSpecsOf(request.name, returned);
  // Without a moment at which it runs again, what it says of a time that has passed would stay for ever.
  if (finished.hasReadTime && until === undefined) throw timeWithoutUntil(request.name);
  // A range that the schema does not have is the scope's fault, and is told here where its name is known.
  for (const spec of ranges) keyRangeOf(bundle.schema, spec);
  const timed = until === undefined ? {} : { until };
  return {
    outcome: { kind: "returned", ...finished, value: null, writes: [], ...timed },
    ranges: ranges.map(rangeSpecToJson),
  };
}

function timeWithoutUntil(name: string): BothyError {
  return new BothyError("scope_failed", {
    message: `The scope "${name}" asked for the time and did not say until when its ranges hold.`,
    fix: "Return { ranges, until }: until is the moment, in milliseconds since 1970, at which it is to run again.",
  });
}

function writeOf({ table, id, before, after, merges }: TransactionWrite): DocumentWrite {
  const write = { table, id, text: after?.text ?? null, before: before?.keys ?? null, after: after?.keys ?? null };
  if (merges === undefined) return write;
  return { ...write, merges: merges.map(([field, { kind, operand }]) => [field, kind, encodeValue(operand)]) };
}
