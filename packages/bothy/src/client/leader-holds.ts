import type { ClientMessage, HelloHold, PokeHeader, ScopeMessage } from "../protocol/index.ts";
import type { Core } from "./core.ts";
import type { HeldScope, HoldRequest } from "./holds.ts";

/** How long a scope is held that nobody asks for, while the app is open, and after what time a start does not hold it again. */
export const holdLimits = { unusedMs: 600_000, forgottenMs: 2_592_000_000 } as const;

/** As many as a hello may name; the deployment refuses fewer. */
const helloHoldsMax = 1_024;

/** The scopes that a device holds on demand, and what its connection says of them. */
export interface LeaderHolds {
  /** True while one of them has failed on this connection. */
  readonly hasFailed: boolean;
  /** Goes on with what was stored. */
  begin(found: readonly HeldScope[]): void;
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

/** Begins without a hold. `send` reaches a welcomed connection, or nobody. */
export function createLeaderHolds(parts: {
  readonly world: Core["world"];
  readonly send: (message: ClientMessage) => void;
  readonly onChange: (scopes: readonly HeldScope[]) => void;
}): LeaderHolds {
  const { world, send } = parts;
  const keptByHold = new Map<number, Kept>();
  const failed = new Set<number>();
  let named = new Set<number>();
  let count = 0;

  const tell = (): void => parts.onChange(Array.from(keptByHold.values(), ({ scope }) => scope));
  const change = (hold: number, next: Partial<HeldScope>): void => {
    const kept = keptByHold.get(hold);
    if (!kept) return;
    kept.scope = { ...kept.scope, ...(next.state && { error: undefined }), ...next };
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
  const add = (scope: HeldScope): [number, Kept] => {
    const kept: Kept = { scope, tabs: new Set(), stay: () => undefined };
    keptByHold.set(++count, kept);
    return [count, kept];
  };
  const messageOf = ([hold, { scope }]: readonly [number, Kept]): HelloHold => ({
    hold,
    name: scope.name,
    args: scope.args,
  });

  return {
    get hasFailed() {
      return failed.size > 0;
    },
    begin(found) {
      for (const scope of found) {
        if (!scope.keep && scope.usedMs + holdLimits.forgottenMs < world.clock.nowMs()) continue;
        rest(...add(scope));
      }
      tell();
    },
    ask(request) {
      if (request.kind === "release") return leave(request.tab, request.key);
      const { tab, keep, call } = request;
      const usedMs = world.clock.nowMs();
      const known = [...keptByHold].find(([, { scope }]) => scope.key === call.key);
      const one = known ?? add({ ...call, state: "loading", usedMs });
      one[1].stay();
      one[1].tabs.add(tab);
      if (!known) send({ type: "hold", ...messageOf(one) });
      change(one[0], { usedMs, ...(keep !== undefined && { keep }) });
    },
    leave,
    hello() {
      failed.clear();
      const holds = Array.from(keptByHold, messageOf).slice(0, helloHoldsMax);
      named = new Set(holds.map(({ hold }) => hold));
      return holds;
    },
    welcomed() {
      for (const one of keptByHold) if (!named.delete(one[0])) send({ type: "hold", ...messageOf(one) });
      for (const hold of named) send({ type: "release", hold });
    },
    told({ hold, state, error }) {
      if (hold === undefined) return;
      failed.delete(hold);
      if (state === "ok") return;
      if (state === "failed") failed.add(hold);
      change(hold, { state: "failed", error });
    },
    held(holds = []) {
      for (const [hold, leaseMs] of holds) change(hold, { state: "held", leaseMs });
    },
    lock(silentMs) {
      for (const [hold, { scope }] of keptByHold) {
        if (scope.state === "held" && scope.leaseMs && scope.leaseMs <= silentMs) change(hold, { state: "locked" });
      }
    },
    close() {
      for (const { stay } of keptByHold.values()) stay();
    },
  };
}
