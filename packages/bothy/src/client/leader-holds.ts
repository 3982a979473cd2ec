import {
  protocolLimits,
  type ClientMessage,
  type HelloHold,
  type PokeHeader,
  type ScopeMessage,
} from "../protocol/index.ts";
import type { Core } from "./core.ts";
import type { HeldScope, HoldRequest } from "./holds.ts";

/** How long a scope is held that nobody asks for, while the app is open, and after what time a start does not hold it again. */
export const holdLimits = { unusedMs: 600_000, forgottenMs: 2_592_000_000 } as const;

/** The scopes that a device holds on demand, and what its connection says of them. */
export interface LeaderHolds {
  /** True while one of them has failed on this connection. */
  readonly hasFailed: boolean;
  ask(request: HoldRequest): void;
  /** A tab has closed. */
  leave(tab: string): void;
  /** What a hello says; the connection before it is over. */
  hello(): readonly HelloHold[];
  /** What has come and gone since the hello is told now. */
  welcomed(): void;
  told(message: ScopeMessage): void;
  /** A poke that is shown says so. */
  held(holds: PokeHeader["held"]): void;
  /** The device was without contact for so long. */
  lock(silentMs: number): void;
  close(): void;
}

interface Kept {
  scope: HeldScope;
  readonly tabs: Set<string>;
  /** Ends the wait before it is let go. */
  stay: () => void;
}

/** Goes on with what was stored. `send` reaches a welcomed connection, or nobody. */
export function createLeaderHolds(parts: {
  readonly world: Core["world"];
  readonly found: readonly HeldScope[];
  readonly send: (message: ClientMessage) => void;
  readonly onChange: (scopes: readonly HeldScope[]) => void;
}): LeaderHolds {
  const { world, send } = parts;
  const keptByHold = new Map<number, Kept>();
  const failed = new Set<number>();
  let named: readonly HelloHold[] = [];
  let count = 0;

  const tell = (): void => parts.onChange(Array.from(keptByHold.values(), ({ scope }) => scope));
  const change = (hold: number, next: Partial<HeldScope>): void => {
    const kept = keptByHold.get(hold);
    if (!kept) return;
    const { error, ...scope } = kept.scope;
    kept.scope = { ...scope, ...(error && !next.state && { error }), ...next };
    tell();
  };
  /** Lets it go, unless somebody asks for it in time. */
  const rest = (hold: number, kept: Kept): void => {
    kept.stay = world.clock.after(holdLimits.unusedMs, () => {
      if (kept.scope.keep) return;
      keptByHold.delete(hold);
      failed.delete(hold);
      send({ type: "release", hold });
      tell();
    });
  };
  const leave = (tab: string, key?: string): void => {
    for (const [hold, kept] of keptByHold) {
      if ((key !== undefined && key !== kept.scope.key) || !kept.tabs.delete(tab) || kept.tabs.size > 0) continue;
      rest(hold, kept);
      change(hold, { usedMs: world.clock.nowMs() });
    }
  };
  const add = (scope: HeldScope): number => {
    keptByHold.set(++count, { scope, tabs: new Set(), stay: () => undefined });
    return count;
  };
  const messageOf = (hold: number, { name, args }: HeldScope): HelloHold => ({ hold, name, args });

  for (const scope of parts.found) {
    if (!scope.keep && scope.usedMs + holdLimits.forgottenMs < world.clock.nowMs()) continue;
    const hold = add(scope);
    const kept = keptByHold.get(hold);
    if (kept) rest(hold, kept);
  }

  return {
    get hasFailed() {
      return failed.size > 0;
    },
    ask(request) {
      if (request.kind === "release") return leave(request.tab, request.key);
      const { tab, keep, call } = request;
      const usedMs = world.clock.nowMs();
      const known = [...keptByHold].find(([, { scope }]) => scope.key === call.key)?.[0];
      const hold = known ?? add({ ...call, state: "loading", usedMs });
      const kept = keptByHold.get(hold);
      kept?.stay();
      kept?.tabs.add(tab);
      if (known === undefined && kept) send({ type: "hold", ...messageOf(hold, kept.scope) });
      change(hold, { usedMs, ...(keep !== undefined && { keep }) });
    },
    leave,
    hello() {
      failed.clear();
      named = Array.from(keptByHold, ([hold, { scope }]) => messageOf(hold, scope)).slice(0, protocolLimits.holdsMax);
      return named;
    },
    welcomed() {
      const isNamed = (hold: number): boolean => named.some((one) => one.hold === hold);
      for (const [hold, { scope }] of keptByHold) if (!isNamed(hold)) send({ type: "hold", ...messageOf(hold, scope) });
      for (const { hold } of named) if (!keptByHold.has(hold)) send({ type: "release", hold });
    },
    told({ hold, state, error }) {
      if (hold === undefined) return;
      failed.delete(hold);
      if (state === "ok") return;
      if (state === "failed") failed.add(hold);
      change(hold, { state: "failed", ...(error && { error }) });
    },
    held(holds = []) {
      for (const [hold, leaseMs] of holds) change(hold, { state: "held", leaseMs });
    },
    lock(silentMs) {
      for (const [hold, { scope }] of keptByHold) if (isLocked(scope, silentMs)) change(hold, { state: "locked" });
    },
    close() {
      for (const { stay } of keptByHold.values()) stay();
    },
  };
}

/** True when the lease of a hold has run out after so long without contact. */
export function isLocked({ state, leaseMs }: HeldScope, silentMs: number): boolean {
  return state === "held" && typeof leaseMs === "number" && leaseMs <= silentMs;
}
