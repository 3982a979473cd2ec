import { createManualClock, createMemoryDisk, createSeededRandom } from "../base/index.ts";
import type { AppendFile, ManualClock, MemoryDisk, World } from "../base/index.ts";
import { CommitLog, recoverLog, verifyLog } from "../log/index.ts";
import type { BackupTarget } from "./target.ts";

/** The parts of a world that backups use, in memory. */
export type TestWorld = Pick<World, "random" | "log"> & { readonly disk: MemoryDisk; readonly clock: ManualClock };

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export function createTestWorld(): TestWorld {
  return { disk: createMemoryDisk(), clock: createManualClock(), random: createSeededRandom(7), log: silent };
}

/** The log of a server in `/data`, with segments so small that there are many. */
export class TestLog {
  readonly #world: TestWorld;
  readonly #folder: string;
  #log: CommitLog;
  #version: number;

  private constructor(world: TestWorld, folder: string, { log, version }: { log: CommitLog; version: number }) {
    this.#world = world;
    this.#folder = folder;
    this.#log = log;
    this.#version = version;
  }

  static async open(world: TestWorld, { folder = "/data", serverId = "ab".repeat(16) } = {}): Promise<TestLog> {
    const { disk, log: logger } = world;
    const logFolder = `${folder}/log`;
    await disk.makeFolder(folder);
    const options = {
      disk,
      // The log writes as soon as it can.
      clock: { ...world.clock, soon: (task: () => void) => queueMicrotask(task) },
      folder: logFolder,
      segmentSizeBytes: 1_500,
      onDurable: () => undefined,
      onFailure: (error: unknown) => {
        throw error;
      },
    };
    const end = await recoverLog({ disk, log: logger, folder: logFolder, onRecord: () => undefined });
    const log = end === undefined ? await CommitLog.create(options, serverId) : await CommitLog.open(options, end);
    return new TestLog(world, folder, { log, version: end?.version ?? 0 });
  }

  get version(): number {
    return this.#version;
  }

  /** Appends records, each durable on its own. */
  async append(count: number, text = "text"): Promise<void> {
    for (let i = 0; i < count; i++) {
      this.#version += 1;
      this.#log.append(this.#version, `${text} ${this.#version} ${"x".repeat(this.#version % 120)}`);
      await this.#log.flush();
    }
  }

  /** Leaves bytes at the end of the last segment, as a write that is under way. */
  async tear(bytes: Uint8Array): Promise<AppendFile> {
    const names = await this.#world.disk.list(`${this.#folder}/log`);
    const file = await this.#world.disk.openAppend(`${this.#folder}/log/${names.at(-1) ?? ""}`);
    await file.append(bytes);
    return file;
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}

/** The texts of a log, after all of it was verified. */
export async function textsOf({ disk, log }: TestWorld, folder: string): Promise<string[]> {
  const texts: string[] = [];
  await verifyLog({ disk, log, folder: `${folder}/log`, onRecord: ({ text }) => void texts.push(text) });
  return texts;
}

/** Counts what is written into a target. */
export function countWrites(target: BackupTarget): BackupTarget & { readonly written: string[]; bytes: number } {
  const counted = {
    ...target,
    written: [] as string[],
    bytes: 0,
    write: async (name: string, bytes: Uint8Array): Promise<void> => {
      counted.written.push(name);
      counted.bytes += bytes.length;
      await target.write(name, bytes);
    },
  };
  return counted;
}

/** All files below a folder of a memory disk. */
export async function filesBelow(disk: MemoryDisk, folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const name of await disk.list(folder)) {
    const path = `${folder}/${name}`;
    if ((await disk.stat(path))?.isFolder === false) found.push(path);
    else found.push(...(await filesBelow(disk, path)));
  }
  return found;
}
