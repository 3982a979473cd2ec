import type { Schema } from "bothy/internal";
import type { World } from "../base/index.ts";
import type { Store } from "../store/index.ts";
import type { BookLimits } from "./book-horizon.ts";
import type { Engine } from "./engine.ts";
import type { OnProgress } from "./schema-change.ts";

/** What the engine needs of the world. Without processes a store that was not closed is not read whole. */
export type EngineWorld = Pick<World, "clock" | "random" | "disk" | "log" | "die"> & Partial<Pick<World, "processes">>;

/** What an engine is opened with. */
export interface EngineOptions {
  readonly world: EngineWorld;
  /** The data folder; made if there is none. */
  readonly folder: string;
  /** The schema that is to be in force, with Bothy's own tables. */
  readonly schema: Schema;
  /**
   * `memory` keeps the index of the log in memory and reads the whole log at each start; for tests and the simulator, which
   * may also bring a store of their own that outlives the engine.
   */
  readonly store: "lmdb" | "memory" | Store;
  /** Asked before anything is changed, with what the folder holds as it is; what it throws ends the opening. */
  readonly admit?: (engine: Pick<Engine, "schema" | "read">) => void;
  /** Told what takes time at start, in words. */
  readonly onProgress?: OnProgress;
  readonly segmentSizeBytes?: number;
  /** How much of the past the books keep. */
  readonly bookLimits?: Partial<BookLimits>;
}
