import type { ClientWorld } from "../base/index.ts";
import type { StandingMessage, TabMessage } from "./tabs.ts";

/** How tabs take turns at leading. */
export const standingLimits: Readonly<Record<"askMs" | "unansweredMax" | "yieldAfterMs" | "takeWithinMs", number>> = {
  /** How often a visible tab asks whether somebody leads. */
  askMs: 1_000,
  /** After so many questions without an answer the leader is frozen, and its lock is taken. */
  unansweredMax: 2,
  /** A leader that was hidden for so long gives way to a visible tab: a glance at another tab moves nothing. */
  yieldAfterMs: 5_000,
  /** One that gave way leads again if nobody has taken the lock in this time. */
  takeWithinMs: 1_000,
};

export interface StandingOptions {
  readonly world: ClientWorld;
  /** Of the lock. */
  readonly name: string;
  /** Names this tab. */
  readonly tab: string;
  readonly isLeading: () => boolean;
  /** A newer version of the app is there: it is to lead. */
  readonly isOutdated: () => boolean;
  readonly lead: () => void;
  /** Stops leading; resolves once everything that is shown is stored. */
  readonly resign: () => Promise<void>;
  readonly post: (message: StandingMessage) => void;
}

/** A tab's place among those that may lead. */
export interface Standing {
  /** This tab has the lock, or there are none. */
  readonly isHolder: boolean;
  /** At once when a message of another tab arrives, whatever else waits. */
  heard(message: TabMessage): void;
  stop(): void;
}

/** Stands for leader: waits for the lock, or leads at once where there are no locks. */
export function standForLeader(options: StandingOptions): Standing {
  const { world } = options;
  return world.locks ? standWithLocks(options, world.locks) : standAlone(options);
}

function standWithLocks(options: StandingOptions, locks: NonNullable<ClientWorld["locks"]>): Standing {
  const { world, name, tab, lead, resign, post } = options;
  const { clock, signals } = world;
  let isHolder = false;
  let unanswered = 0;
  let cancelTick = (): void => undefined;
  // Since when this tab leads out of sight, if it does.
  let hiddenMs = clock.monotonicMs();
  let wasVisible = signals.isVisible();

  const take = (steal: boolean): (() => void) =>
    locks.hold(
      name,
      () => {
        isHolder = true;
        hiddenMs = clock.monotonicMs();
        lead();
      },
      { steal, onLost: lost },
    );
  /** Another tab has taken the lock: this one follows, and waits again. */
  const lost = (): void => {
    isHolder = false;
    unanswered = 0;
    release = take(false);
    void resign();
    look();
  };
  const steal = (): void => {
    unanswered = 0;
    release();
    release = take(true);
  };
  const tick = (): void => {
    cancelTick();
    if (isHolder || !signals.isVisible()) return;
    if (unanswered++ >= standingLimits.unansweredMax) steal();
    else post({ kind: "ask", tab });
    cancelTick = clock.after(standingLimits.askMs, tick);
  };
  const look = (): void => {
    if (wasVisible) hiddenMs = clock.monotonicMs();
    wasVisible = signals.isVisible();
    unanswered = 0;
    tick();
  };
  const yieldTo = async (to: string): Promise<void> => {
    await resign();
    post({ kind: "yield", to });
    // The other has died meanwhile, or was hidden again.
    clock.after(standingLimits.takeWithinMs, () => isHolder && lead());
  };

  let release = take(false);
  const stopLooking = signals.onChange(look);
  tick();
  return {
    get isHolder() {
      return isHolder;
    },
    heard(message) {
      const { kind } = message;
      if (kind === "here" || kind === "leading") unanswered = 0;
      if (kind === "yield" && message.to === tab && !isHolder) steal();
      if (kind !== "ask" || !isHolder) return;
      const isKept =
        !options.isOutdated() && (signals.isVisible() || clock.monotonicMs() - hiddenMs < standingLimits.yieldAfterMs);
      if (isKept || !options.isLeading()) post({ kind: "here" });
      else void yieldTo(message.tab);
    },
    stop() {
      cancelTick();
      stopLooking();
      release();
    },
  };
}

/** Without locks another tab may take over; this one takes its turn when it is looked at again. */
function standAlone({ world, isLeading, lead }: StandingOptions): Standing {
  lead();
  const stop = world.signals.onChange(() => {
    if (!isLeading() && world.signals.isVisible()) lead();
  });
  return { isHolder: true, heard: () => undefined, stop };
}
