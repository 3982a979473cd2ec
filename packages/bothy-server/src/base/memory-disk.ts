import { BothyError } from "bothy/internal";
import type { SeededRandom } from "./seeded-random.ts";
import type { AppendFile, Disk } from "./world.ts";

/** What is about to happen on a memory disk. */
export interface DiskOperation {
  readonly kind: "append" | "sync" | "truncate" | "write" | "remove" | "sync_folder";
  readonly path: string;
  readonly sizeBytes: number;
}

/** A disk in memory that forgets what was not synced when it crashes. */
export interface MemoryDisk extends Disk {
  /**
   * The power goes: unsynced appends are lost, cut or torn as the randomness says, files whose folder was not synced may
   * vanish, locks are gone, and whatever was under way never answers. The disk can then be used by a new process.
   */
  crash(random: SeededRandom): void;
  /** Called before each operation; it may throw to fail it, wait to delay it, or crash the disk. */
  before: (operation: DiskOperation) => void | Promise<void>;
  /** Changes one byte of a file, as a decaying disk does. */
  flip(path: string, offset: number): void;
}

interface MemoryFile {
  bytes: Uint8Array;
  sizeBytes: number;
  syncedBytes: number;
  isNameSynced: boolean;
}

const sectorBytes = 512;

/** Makes an empty disk in memory. */
export function createMemoryDisk(): MemoryDisk {
  const files = new Map<string, MemoryFile>();
  const folders = new Set<string>();
  const locks = new Set<string>();
  let life = 0;

  /** Runs one operation of a process of the given life; after a crash that process is no more and hears nothing. */
  const actIn = async <T>(begun: number, operation: DiskOperation, task: () => T): Promise<T> => {
    if (begun !== life) return await new Promise<never>(() => undefined);
    await disk.before(operation);
    if (begun !== life) return await new Promise<never>(() => undefined);
    return task();
  };
  const act = <T>(operation: DiskOperation, task: () => T): Promise<T> => actIn(life, operation, task);

  const disk: MemoryDisk = {
    before: () => undefined,
    openAppend: async (path) => {
      const opened = life;
      return openMemoryFile(path, files, (operation, task) => actIn(opened, operation, task));
    },
    read: async (path) => contentOf(files.get(path)),
    readAt: async (path, offset, length) => {
      const content = contentOf(files.get(path));
      if (content === undefined)
        throw new BothyError("disk_failed", { message: `There is no file ${path}.`, fix: "Restore it." });
      return content.slice(offset, offset + length);
    },
    writeAtomic: (path, bytes) =>
      act({ kind: "write", path, sizeBytes: bytes.length }, () => {
        files.set(path, {
          bytes: bytes.slice(),
          sizeBytes: bytes.length,
          syncedBytes: bytes.length,
          isNameSynced: true,
        });
      }),
    makeFolder: async (path) => void folders.add(path),
    list: async (path) => namesIn(path, files, folders),
    remove: (path) =>
      act({ kind: "remove", path, sizeBytes: 0 }, () => {
        for (const name of [...files.keys()]) if (name === path || name.startsWith(`${path}/`)) files.delete(name);
        for (const name of [...folders]) if (name === path || name.startsWith(`${path}/`)) folders.delete(name);
      }),
    syncFolder: (path) =>
      act({ kind: "sync_folder", path, sizeBytes: 0 }, () => {
        for (const [name, file] of files) if (name.slice(0, name.lastIndexOf("/")) === path) file.isNameSynced = true;
      }),
    stat: async (path) => {
      const file = files.get(path);
      if (file !== undefined) return { sizeBytes: file.sizeBytes, modifiedMs: 0, isFolder: false };
      return folders.has(path) ? { sizeBytes: 0, modifiedMs: 0, isFolder: true } : undefined;
    },
    lock: async (folder) => {
      if (locks.has(folder))
        throw new BothyError("folder_locked", { message: `The folder ${folder} is in use.`, fix: "Close the other." });
      locks.add(folder);
      const begun = life;
      return { release: async () => void (begun === life && locks.delete(folder)) };
    },
    crash: (random) => {
      life++;
      locks.clear();
      for (const [name, file] of files) {
        if (!file.isNameSynced && random.below(2) === 0) files.delete(name);
        else tear(file, random);
      }
    },
    flip: (path, offset) => {
      const file = files.get(path);
      if (file === undefined || offset >= file.sizeBytes) throw new RangeError(`nothing at ${path}:${offset}`);
      file.bytes[offset] = (file.bytes[offset] ?? 0) ^ 0x01;
    },
  };
  return disk;
}

function contentOf(file: MemoryFile | undefined): Uint8Array | undefined {
  return file?.bytes.slice(0, file.sizeBytes);
}

function namesIn(path: string, files: ReadonlyMap<string, MemoryFile>, folders: ReadonlySet<string>): string[] {
  const names = new Set<string>();
  for (const name of [...files.keys(), ...folders]) {
    if (name.startsWith(`${path}/`)) names.add(name.slice(path.length + 1).split("/", 1)[0] ?? "");
  }
  return [...names].sort();
}

/** Cuts the unsynced end anywhere, and loses some of the sectors that stay: the disk writes them in no order. */
function tear(file: MemoryFile, random: SeededRandom): void {
  const unsynced = file.sizeBytes - file.syncedBytes;
  const kept = [0, unsynced, random.below(unsynced + 1)][random.below(3)] ?? 0;
  file.sizeBytes = file.syncedBytes + kept;
  if (random.below(2) === 0) {
    for (let at = file.syncedBytes; at < file.sizeBytes; at += sectorBytes) {
      if (random.below(3) === 0) file.bytes.fill(0, at, Math.min(at + sectorBytes, file.sizeBytes));
    }
  }
  file.syncedBytes = file.sizeBytes;
  file.isNameSynced = true;
}

function openMemoryFile(
  path: string,
  files: Map<string, MemoryFile>,
  act: <T>(operation: DiskOperation, task: () => T) => Promise<T>,
): AppendFile {
  const found = files.get(path);
  const file = found ?? { bytes: new Uint8Array(1_024), sizeBytes: 0, syncedBytes: 0, isNameSynced: false };
  if (found === undefined) files.set(path, file);
  return {
    get sizeBytes() {
      return file.sizeBytes;
    },
    append: (bytes) =>
      act({ kind: "append", path, sizeBytes: bytes.length }, () => {
        const size = file.sizeBytes + bytes.length;
        if (size > file.bytes.length) {
          const grown = new Uint8Array(size * 2);
          grown.set(file.bytes.subarray(0, file.sizeBytes));
          file.bytes = grown;
        }
        file.bytes.set(bytes, file.sizeBytes);
        file.sizeBytes = size;
      }),
    sync: () => {
      // What is appended while the sync runs is not part of it.
      const covered = file.sizeBytes;
      return act(
        { kind: "sync", path, sizeBytes: covered },
        () => void (file.syncedBytes = Math.max(file.syncedBytes, covered)),
      );
    },
    truncate: (sizeBytes) =>
      act({ kind: "truncate", path, sizeBytes }, () => {
        file.sizeBytes = sizeBytes;
        file.syncedBytes = Math.min(file.syncedBytes, sizeBytes);
      }),
    close: async () => undefined,
  };
}
