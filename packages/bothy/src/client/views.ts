import type { AppError, BothyError } from "../errors/index.ts";
import { readValue, fromWireError, type Value } from "../values/index.ts";
import { createObservable, type Observable } from "./observable.ts";
import type { PendingMutation } from "./overlay.ts";
import type { MutationCall, RejectedCall } from "./stored-rows.ts";

/** A mutation that waits for the deployment. */
export interface OutboxEntry {
  /** Null for the moment in which it is being stored. */
  readonly n: number | null;
  /** `group` of a group, whose arguments are a list of name, version and arguments for each of its calls. */
  readonly name: string;
  readonly args: Value;
  /** When it was made, milliseconds since 1970. */
  readonly timeMs: number;
}

/** A mutation that was refused or parked. */
export interface RejectedEntry {
  readonly n: number;
  readonly name: string;
  readonly args: Value;
  /** When it was made, milliseconds since 1970. */
  readonly timeMs: number;
  /** `parked`: it could not be judged, and is tried again by itself. */
  readonly state: "rejected" | "parked";
  readonly error: BothyError | AppError;
}

/** The outbox as an app sees it; entries keep their identity while they wait. */
export function createOutboxView(pending: Observable<readonly PendingMutation[]>): Observable<readonly OutboxEntry[]> {
  const known = new WeakMap<MutationCall, OutboxEntry>();
  return createView(pending, ({ n, call }) => {
    const before = known.get(call);
    if (before && before.n === (n ?? null)) return before;
    const args = before?.args ?? readValue(call.args);
    const entry = { n: n ?? null, name: call.name, args, timeMs: call.time };
    known.set(call, entry);
    return entry;
  });
}

/** The rejected list as an app sees it. */
export function createRejectedView(
  rejected: Observable<readonly RejectedCall[]>,
): Observable<readonly RejectedEntry[]> {
  const known = new WeakMap<RejectedCall, RejectedEntry>();
  return createView(rejected, (call) => {
    const entry = known.get(call) ?? {
      n: call.n,
      name: call.name,
      args: readValue(call.args),
      timeMs: call.time,
      state: call.state,
      error: fromWireError(call.error),
    };
    known.set(call, entry);
    return entry;
  });
}

function createView<From, To>(
  source: Observable<readonly From[]>,
  viewOf: (from: From) => To,
): Observable<readonly To[]> {
  const view = createObservable<readonly To[]>([]);
  source.subscribe(() => view.set(source.value.map(viewOf)));
  return view;
}
