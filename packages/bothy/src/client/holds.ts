import type { AppError, BothyError, WireError } from "../errors/index.ts";
import type { Json } from "../protocol/index.ts";
import { fromWireError } from "../values/index.ts";
import { createObservable, type Observable } from "./observable.ts";
import type { SubscribedQuery } from "./subscribed-query.ts";

/**
 * How a hold stands. `held`: everything that its scope grants is here, as of the last contact. `failed`: the scope failed, and
 * what is here does not follow. `locked`: its lease has run out, and what it granted alone was deleted here (CL18).
 */
export type HoldState = "loading" | "held" | "failed" | "locked";

/** What is known of a scope with arguments on this device. An unchanged status is the same object. */
export interface HoldStatus {
  readonly state: HoldState;
  /** Why its scope failed. */
  readonly error?: BothyError | AppError | undefined;
}

/** One caller's part in holding a scope; the scope is let go a while after the last of them was released (CL17). */
export interface ScopeHold extends HoldStatus {
  /** Calls back when the state has changed; returns the way to stop. */
  subscribe(listener: () => void): () => void;
  release(): void;
}

/** How a scope is held. */
export interface HoldOptions {
  /** Hold it on when nobody asks for it any more, until it is asked for with `false`. Absent: as it was. */
  readonly keep?: boolean;
}

/** A scope that this device holds, as tabs tell it and as it is stored. */
export interface HeldScope {
  readonly key: string;
  readonly name: string;
  readonly args: Json;
  readonly state: HoldState;
  readonly error?: WireError | undefined;
  /** Null: without end. */
  readonly leaseMs?: number | null;
  /** When it was last asked for or left, milliseconds since 1970. */
  readonly usedMs: number;
  readonly keep?: boolean;
}

/** What a tab asks of the leader. */
export type HoldRequest =
  | { readonly kind: "hold"; readonly tab: string; readonly call: SubscribedQuery; readonly keep?: boolean | undefined }
  | { readonly kind: "release"; readonly tab: string; readonly key: string };

/** A request without the tab that makes it. */
export type OwnRequest = HoldRequest extends infer One ? (One extends HoldRequest ? Omit<One, "tab"> : never) : never;

/** The scopes that this tab asks for, and what the leader says of all of them. */
export interface Holds {
  /** All that the device holds. */
  readonly list: Observable<readonly HeldScope[]>;
  hold(call: SubscribedQuery, options: HoldOptions): ScopeHold;
  status(key: string): HoldStatus;
  /** Asks for everything once more: another tab leads from now on. */
  askAgain(): void;
}

/** What is said of a hold before anything is known. */
export const loadingHold: HoldStatus = { state: "loading" };

/** Begins without a hold; `ask` reaches the leader, or nobody while there is none. */
export function createHolds(ask: (request: OwnRequest) => void): Holds {
  const list = createObservable<readonly HeldScope[]>([]);
  const askedByKey = new Map<string, { call: SubscribedQuery; keep?: boolean; count: number }>();
  /** What was said last of each, which stays the same object while it says the same. */
  const saidByKey = new Map<string, { readonly text: string; readonly status: HoldStatus }>();

  const status = (key: string): HoldStatus => {
    const scope = list.value.find((one) => one.key === key);
    if (!scope || scope.state === "loading") return loadingHold;
    const { state, error } = scope;
    const text = JSON.stringify([state, error]);
    const known = saidByKey.get(key);
    if (known?.text === text) return known.status;
    const said = { state, error: error && fromWireError(error) };
    saidByKey.set(key, { text, status: said });
    return said;
  };
  const askFor = (key: string): void => {
    const { call, keep } = askedByKey.get(key) ?? {};
    if (call) ask({ kind: "hold", call, keep });
  };

  return {
    list,
    status,
    hold(call, options) {
      const { key } = call;
      askedByKey.set(key, { call, ...options, count: (askedByKey.get(key)?.count ?? 0) + 1 });
      askFor(key);
      let isReleased = false;
      return {
        get state() {
          return status(key).state;
        },
        get error() {
          return status(key).error;
        },
        subscribe(listener) {
          let last = status(key);
          return list.subscribe(() => {
            const next = status(key);
            if (next === last) return;
            last = next;
            listener();
          });
        },
        release() {
          const asked = askedByKey.get(key);
          if (isReleased || !asked) return;
          isReleased = true;
          if (--asked.count > 0) return;
          askedByKey.delete(key);
          ask({ kind: "release", key });
        },
      };
    },
    askAgain() {
      for (const key of askedByKey.keys()) askFor(key);
    },
  };
}
