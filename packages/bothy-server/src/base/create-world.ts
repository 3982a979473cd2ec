import { createSystemClock } from "./clock.ts";
import { createNodeDisk } from "./disk.ts";
import { createLogger } from "./logger.ts";
import type { LogLevel } from "./log-line.ts";
import { createNodeNetwork } from "./network.ts";
import { createNodeProcesses } from "./processes.ts";
import { createSystemRandom } from "./random.ts";
import { createErrorWriter } from "./standard-error.ts";
import type { World } from "./world.ts";

/** What the real world leaves open. */
export interface WorldOptions {
  readonly logFormat: "json" | "text";
  /** The least level that is written; `info` unless said otherwise. */
  readonly logLevel?: LogLevel;
}

/** Makes the doors to the real machine. Made once, where a process starts. */
export function createWorld(options: WorldOptions): World {
  // Who reads what commands say there may go away: that is no reason to end.
  process.stderr.on("error", () => undefined);
  const clock = createSystemClock();
  const log = createLogger({
    format: options.logFormat,
    level: options.logLevel ?? "info",
    write: createErrorWriter(),
    nowMs: clock.nowMs,
  });
  return {
    clock,
    random: createSystemRandom(),
    disk: createNodeDisk(),
    network: createNodeNetwork(),
    processes: createNodeProcesses(),
    log,
    die: (reason) => {
      log.error("The process ends at once.", { reason });
      process.exit(1);
    },
  };
}
