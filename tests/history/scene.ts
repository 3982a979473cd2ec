import type { MortalServer } from "./mortal-server.ts";
import type { Recorder } from "./recorder.ts";
import type { Random, Workload } from "./workload.ts";

/** What every client of a run works with. */
export interface Scene {
  readonly server: MortalServer;
  readonly adminKey: string;
  readonly recorder: Recorder;
  readonly workload: Workload;
  readonly random: Random;
  /** Whether the time for new calls is over. */
  isOver(): boolean;
  /** Resolves when nobody waits any longer for what is under way. */
  readonly givenUp: Promise<void>;
}
