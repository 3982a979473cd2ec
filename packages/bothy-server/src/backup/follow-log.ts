import { errorCodes, isBothyError } from "bothy/internal";
import type { BothyError } from "bothy/internal";
import type { Clock } from "../base/index.ts";
import type { BackupSession, Shipped } from "./backup-session.ts";

/** How a log is followed, and who hears of it. */
export interface FollowOptions {
  readonly clock: Clock;
  /** Opens a session, again after each failure; continued: what was shipped before must be there. */
  readonly open: (isContinued: boolean) => Promise<BackupSession>;
  readonly stop: { readonly asked: Promise<void>; readonly isAsked: () => boolean };
  /** Everything is shipped for the moment; told whenever something was. */
  readonly onCurrent: (version: number) => void;
  readonly onShipped: (shipped: Shipped) => void;
  /** The target, or the folder, cannot be used now; it is tried again after `retryMs`. */
  readonly onAway: (
    error: BothyError,
    behind: { readonly bytes: number | undefined; readonly retryMs: number },
  ) => void;
}

/** How long after a look at the log the next one follows, so that a lost disk costs less than a second. */
const pollMs = 200;
const retryMs = { first: 250, max: 10_000 };
/** How often the last step is tried again: who stops it waits, and one broken connection is no reason to leave anything. */
const lastRetriesMax = 4;

/** Ships a log continuously until it is asked to stop, and then what is left. A target that is away is waited for. */
export async function followLog(options: FollowOptions): Promise<void> {
  const { clock, stop } = options;
  let session: BackupSession | undefined;
  // Knows how far the backup goes also while there is no session.
  let latest: BackupSession | undefined;
  let delayMs = retryMs.first;
  let lastRetries = 0;
  for (;;) {
    // Asked before the look: what was written until then is shipped.
    const isLast = stop.isAsked();
    try {
      session ??= await options.open(latest !== undefined);
      latest = session;
      await shipAll(session, options);
      delayMs = retryMs.first;
      if (isLast) return await session.close();
      await pause(clock, pollMs, stop.asked);
    } catch (error) {
      if (!isBothyError(error) || !errorCodes[error.code].isRetried) throw error;
      if (isLast && ++lastRetries > lastRetriesMax) throw error;
      const waitMs = isLast ? retryMs.first : delayMs;
      const bytes = await latest?.bytesBehind().catch(() => undefined);
      options.onAway(error, { bytes, retryMs: waitMs });
      session = undefined;
      await pause(clock, waitMs, isLast ? undefined : stop.asked);
      delayMs = Math.min(delayMs * 2, retryMs.max);
    }
  }
}

async function shipAll(session: BackupSession, { onShipped, onCurrent }: FollowOptions): Promise<void> {
  let hasShipped = false;
  for (let shipped = await session.ship(); shipped !== undefined; shipped = await session.ship()) {
    onShipped(shipped);
    hasShipped = true;
  }
  if (hasShipped) onCurrent(session.version);
}

/** Waits for a time, or until it is cut short. */
async function pause(clock: Clock, delayMs: number, cut: Promise<void> | undefined): Promise<void> {
  let cancel = (): void => undefined;
  const over = new Promise<void>((resolve) => (cancel = clock.after(delayMs, resolve)));
  await (cut === undefined ? over : Promise.race([over, cut]));
  cancel();
}
