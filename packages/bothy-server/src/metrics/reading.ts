import type { Disk, ProcessUsage } from "../base/index.ts";
import type { Engine } from "../engine/index.ts";
import type { HttpFigures } from "../http/index.ts";
import type { Live } from "../live/index.ts";
import type { PoolState, RunningPool } from "../runtime/index.ts";
import type { Sync } from "../sync/index.ts";

/** Whom the metrics ask. */
export interface MetricSources {
  readonly disk: Disk;
  /** Data folder. */
  readonly folder: string;
  readonly version: string;
  readonly engine: Pick<Engine, "figures" | "version" | "durableVersion">;
  readonly pool: Pick<RunningPool, "figures" | "state">;
  readonly live: Pick<Live, "figures" | "state" | "counts">;
  readonly sync: Pick<Sync, "figures" | "waitingMutations" | "counts">;
  readonly http: () => HttpFigures;
}

/** Everything as it was when it was asked for. */
export interface Reading {
  readonly sources: MetricSources;
  readonly pool: PoolState;
  readonly usage: ProcessUsage;
  readonly logBytes: number;
  readonly storeBytes: number;
}

/** Looks at everything. */
export async function takeReading(sources: MetricSources, usage: ProcessUsage): Promise<Reading> {
  const { disk, folder } = sources;
  const [logBytes, storeBytes] = [await sizeOf(disk, `${folder}/log`), await sizeOf(disk, `${folder}/store`)];
  return { sources, pool: sources.pool.state(), usage, logBytes, storeBytes };
}

/** Bytes of the files of a folder, without those of folders in it. */
async function sizeOf(disk: Disk, folder: string): Promise<number> {
  let sizeBytes = 0;
  for (const name of await disk.list(folder)) {
    const found = await disk.stat(`${folder}/${name}`);
    if (found !== undefined && !found.isFolder) sizeBytes += found.sizeBytes;
  }
  return sizeBytes;
}
