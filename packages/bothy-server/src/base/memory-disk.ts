import { BothyError } from "bothy/internal";
import { diskError } from "./disk-error.ts";
import {
  contentOf,
  newFile,
  openMemoryFile,
  tearFile,
  wholeFile,
  type FileOperation,
  type MemoryFile,
  type Task,
} from "./memory-file.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { Disk } from "./world.ts";

/** What is about to happen on a memory disk, or has just happened. */
export interface DiskOperation {
  readonly kind: FileOperation | "write" | "remove" | "rename" | "sync_folder";
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
  /** The process ends, the system goes on: nothing is lost yet, and nothing more is on the disk than before. */
  kill(): void;
  /** Called before each operation; it may throw to fail it, wait to delay it, or crash the disk. */
  before: (operation: DiskOperation) => void | Promise<void>;
  /** Called when an operation is done and not yet answered; it may crash the disk. */
  after: (operation: DiskOperation) => void;
  /** What the files may hold together; infinite unless it is set. */
  capacityBytes: number;
  /** Changes one byte of a file, as a decaying disk does. */
  flip(path: string, offset: number): void;
}

/** Makes an empty disk in memory. A sync that is made to fail loses what it was to bring to the disk. */
export function createMemoryDisk(): MemoryDisk {
  const files = new Map<string, MemoryFile>();
  const folders = new Set<string>();
  const locks = new Set<string>();
  let life = 0;

  /** Runs one operation of a process of the given life; after a crash that process is no more and hears nothing. */
  const actIn = async <T>(begun: number, operation: DiskOperation, task: Task<T>): Promise<T> => {
    const unanswered = (): Promise<never> => new Promise<never>(() => undefined);
    if (begun !== life) return await unanswered();
    try {
      await disk.before(operation);
    } catch (error) {
      if (begun === life) task.onFailure?.();
      throw error;
    }
    if (begun !== life) return await unanswered();
    const answer = task.run();
    disk.after(operation);
    return begun === life ? answer : await unanswered();
  };
  const act = <T>(operation: DiskOperation, run: () => T): Promise<T> => actIn(life, operation, { run });
  const roomBytes = (): number => disk.capacityBytes - usedBytes(files);

  const disk: MemoryDisk = {
    before: () => undefined,
    after: () => undefined,
    capacityBytes: Number.POSITIVE_INFINITY,
    openAppend: async (path) => {
      const opened = life;
      const file = files.get(path) ?? newFile();
      files.set(path, file);
      const actOnFile = <T>(kind: FileOperation, sizeBytes: number, task: Task<T>): Promise<T> =>
        actIn(opened, { kind, path, sizeBytes }, task);
      return openMemoryFile(path, file, actOnFile, roomBytes);
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
        if (bytes.length > roomBytes()) throw diskError({ code: "ENOSPC" }, path, "write");
        files.set(path, wholeFile(bytes.slice()));
      }),
    writeNow: (path, bytes) => void files.set(path, wholeFile(bytes.slice())),
    makeFolder: async (path) => void folders.add(path),
    list: async (path) => namesIn(path, files, folders),
    remove: (path) => act({ kind: "remove", path, sizeBytes: 0 }, () => removeBelow(path, files, folders)),
    rename: (from, to) =>
      act({ kind: "rename", path: from, sizeBytes: 0 }, () => renameBelow(from, to, files, folders)),
    syncFolder: (path) =>
      act({ kind: "sync_folder", path, sizeBytes: 0 }, () => {
        for (const [name, file] of files) if (name.slice(0, name.lastIndexOf("/")) === path) file.isNameSynced = true;
      }),
    syncFile: (path) => {
      const file = files.get(path) ?? newFile();
      const actOnFile = <T>(kind: FileOperation, sizeBytes: number, task: Task<T>): Promise<T> =>
        actIn(life, { kind, path, sizeBytes }, task);
      return openMemoryFile(path, file, actOnFile, roomBytes).sync();
    },
    space: async () =>
      Number.isFinite(disk.capacityBytes)
        ? { freeBytes: Math.max(0, roomBytes()), totalBytes: disk.capacityBytes }
        : undefined,
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
        else tearFile(file, random);
      }
    },
    kill: () => {
      life++;
      locks.clear();
    },
    flip: (path, offset) => {
      const file = files.get(path);
      if (file === undefined || offset >= file.sizeBytes) throw new RangeError(`nothing at ${path}:${offset}`);
      file.bytes[offset] = (file.bytes[offset] ?? 0) ^ 0x01;
    },
  };
  return disk;
}

function usedBytes(files: ReadonlyMap<string, MemoryFile>): number {
  let used = 0;
  for (const { sizeBytes } of files.values()) used += sizeBytes;
  return used;
}

function namesIn(path: string, files: ReadonlyMap<string, MemoryFile>, folders: ReadonlySet<string>): string[] {
  const names = new Set<string>();
  for (const name of [...files.keys(), ...folders]) {
    if (name.startsWith(`${path}/`)) names.add(name.slice(path.length + 1).split("/", 1)[0] ?? "");
  }
  return [...names].sort();
}

function removeBelow(path: string, files: Map<string, MemoryFile>, folders: Set<string>): void {
  for (const name of [...files.keys()]) if (isBelow(name, path)) files.delete(name);
  for (const name of [...folders]) if (isBelow(name, path)) folders.delete(name);
}

function renameBelow(from: string, to: string, files: Map<string, MemoryFile>, folders: Set<string>): void {
  for (const [name, file] of [...files]) {
    if (!isBelow(name, from)) continue;
    files.delete(name);
    files.set(`${to}${name.slice(from.length)}`, file);
  }
  for (const name of [...folders]) {
    if (!isBelow(name, from)) continue;
    folders.delete(name);
    folders.add(`${to}${name.slice(from.length)}`);
  }
}

function isBelow(name: string, path: string): boolean {
  return name === path || name.startsWith(`${path}/`);
}
