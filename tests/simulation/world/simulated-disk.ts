import { BothyError } from "bothy/internal";
import type { AppendFile, Disk } from "../../../packages/bothy-server/src/base/index.ts";
import type { Life, Universe } from "./universe.ts";

/** What can go wrong with an operation of the disk. */
export type DiskFault = "io_error" | "full" | "none";

/** How the disk behaves, drawn for each seed. */
export interface DiskTemper {
  /** Longest time of an append, and of a sync. */
  readonly appendMsMax: number;
  readonly syncMsMax: number;
  /** Told when an append begins. */
  onAppend?(): void;
  /** Asked before each append and each sync. */
  faultOf(kind: "append" | "sync"): DiskFault;
}

interface StoredFile {
  bytes: Uint8Array;
  sizeBytes: number;
  /** What survives the loss of power. */
  durableBytes: number;
  isNameDurable: boolean;
  /** What a failed sync left behind: the system believes it to be on the disk, where it is not until it is written again. */
  believed: { readonly from: number; readonly to: number; isWrittenAgain: boolean }[];
}

const sectorBytes = 512;

/** The files of one machine. They outlive its processes; what was not synced may not outlive its power. */
export class SimulatedDisk {
  readonly #universe: Universe;
  readonly #files = new Map<string, StoredFile>();
  readonly #locks = new Set<string>();
  /** Appends that were begun and not reported: the end of the process may have cut any of them short. */
  readonly #underWay = new Set<{ readonly file: StoredFile; readonly bytes: Uint8Array }>();

  constructor(universe: Universe) {
    this.#universe = universe;
  }

  /** The disk as one process sees it. */
  openFor(life: Life, temper: DiskTemper): Disk {
    const universe = this.#universe;
    const files = this.#files;
    const locks = this.#locks;
    const wait = (mostMs: number, what: string): Promise<void> =>
      new Promise((resolve) => {
        universe.note(`disk ${what}`);
        universe.afterFor(life, universe.chance.between(0.02, universe.isHealed ? 0.2 : mostMs), resolve);
      });
    return {
      openAppend: async (path) => this.#openAppend(path, life, { temper, wait }),
      read: async (path) => contentOf(files.get(path)),
      readAt: async (path, offset, length) => {
        const content = contentOf(files.get(path));
        if (content === undefined) throw diskFailed(`There is no file ${path}.`);
        return content.slice(offset, offset + length);
      },
      writeAtomic: async (path, bytes) => {
        await wait(temper.syncMsMax, `write ${path} ${bytes.length}`);
        files.set(path, {
          bytes: bytes.slice(),
          sizeBytes: bytes.length,
          durableBytes: bytes.length,
          isNameDurable: true,
          believed: [],
        });
      },
      writeNow: (path, bytes) => {
        universe.note(`disk write_now ${path} ${bytes.length}`);
        files.set(path, {
          bytes: bytes.slice(),
          sizeBytes: bytes.length,
          durableBytes: bytes.length,
          isNameDurable: true,
          believed: [],
        });
      },
      makeFolder: async () => undefined,
      list: async (path) => this.#namesIn(path),
      remove: async (path) => {
        await wait(temper.syncMsMax, `remove ${path}`);
        for (const name of [...files.keys()]) if (name === path || name.startsWith(`${path}/`)) files.delete(name);
      },
      rename: async (from, to) => {
        await wait(temper.syncMsMax, `rename ${from} ${to}`);
        for (const [name, file] of [...files]) {
          if (name !== from && !name.startsWith(`${from}/`)) continue;
          files.delete(name);
          files.set(`${to}${name.slice(from.length)}`, file);
        }
      },
      syncFile: (path) => this.#openAppend(path, life, { temper, wait }).sync(),
      space: async () => undefined,
      syncFolder: async (path) => {
        await wait(temper.syncMsMax, `sync_folder ${path}`);
        for (const [name, file] of files) if (name.slice(0, name.lastIndexOf("/")) === path) file.isNameDurable = true;
      },
      stat: async (path) => {
        const file = files.get(path);
        if (file !== undefined) return { sizeBytes: file.sizeBytes, modifiedMs: 0, isFolder: false };
        return this.#namesIn(path).length > 0 ? { sizeBytes: 0, modifiedMs: 0, isFolder: true } : undefined;
      },
      lock: async (folder) => {
        if (locks.has(folder))
          throw new BothyError("folder_locked", {
            message: `The folder ${folder} is in use.`,
            fix: "Close the other.",
          });
        locks.add(folder);
        return { release: async () => void (life.isAlive && locks.delete(folder)) };
      },
    };
  }

  /** The process that had the disk has ended: the kernel keeps what it was given, be it a part of an append. */
  endProcess(): void {
    const { chance } = this.#universe;
    this.#locks.clear();
    for (const { file, bytes } of this.#underWay) {
      const kept = chance.pick([0, bytes.length, chance.below(bytes.length + 1)]);
      append(file, bytes.subarray(0, kept));
    }
    this.#underWay.clear();
  }

  /** The power goes: unsynced ends are lost, cut or torn; files whose names were not synced may vanish. */
  losePower(): void {
    this.endProcess();
    const { chance } = this.#universe;
    for (const [name, file] of this.#files) {
      if (!file.isNameDurable && chance.happens(0.5)) this.#files.delete(name);
      else this.#tear(file);
    }
  }

  /** A copy of all files, as a backup of the machine takes it. */
  copy(): ReadonlyMap<string, Uint8Array> {
    return new Map([...this.#files].map(([name, file]) => [name, file.bytes.slice(0, file.sizeBytes)]));
  }

  /** What survives any loss of power from now on. */
  durable(): ReadonlyMap<string, Uint8Array> {
    const safe = [...this.#files].filter(([, file]) => file.isNameDurable);
    return new Map(
      safe.map(([name, { bytes, durableBytes, believed }]) => [
        name,
        bytes.subarray(0, Math.min(durableBytes, ...believed.map(({ from }) => from))),
      ]),
    );
  }

  /** Puts a copy in the place of all that is there. */
  restore(copy: ReadonlyMap<string, Uint8Array>): void {
    this.#files.clear();
    for (const [name, bytes] of copy) {
      const sizeBytes = bytes.length;
      this.#files.set(name, {
        bytes: bytes.slice(),
        sizeBytes,
        durableBytes: sizeBytes,
        isNameDurable: true,
        believed: [],
      });
    }
  }

  #tear(file: StoredFile): void {
    const { chance } = this.#universe;
    for (const { from, to } of file.believed) file.bytes.fill(0, from, Math.min(to, file.sizeBytes));
    file.believed = [];
    const unsynced = file.sizeBytes - file.durableBytes;
    file.sizeBytes = file.durableBytes + chance.pick([0, unsynced, chance.below(unsynced + 1)]);
    if (chance.happens(0.5)) {
      for (let at = file.durableBytes; at < file.sizeBytes; at += sectorBytes) {
        if (chance.happens(0.3)) file.bytes.fill(0, at, Math.min(at + sectorBytes, file.sizeBytes));
      }
    }
    file.durableBytes = file.sizeBytes;
    file.isNameDurable = true;
  }

  #namesIn(path: string): string[] {
    const names = new Set<string>();
    for (const name of this.#files.keys()) {
      if (name.startsWith(`${path}/`)) names.add(name.slice(path.length + 1).split("/", 1)[0] ?? "");
    }
    return [...names].sort();
  }

  #openAppend(
    path: string,
    life: Life,
    { temper, wait }: { readonly temper: DiskTemper; readonly wait: (mostMs: number, what: string) => Promise<void> },
  ): AppendFile {
    const found = this.#files.get(path);
    const file = found ?? newFile();
    if (found === undefined) this.#files.set(path, file);
    const underWay = this.#underWay;
    return {
      get sizeBytes() {
        return file.sizeBytes;
      },
      append: async (bytes) => {
        if (!life.isAlive) return await new Promise<never>(() => undefined);
        const own = { file, bytes: bytes.slice() };
        underWay.add(own);
        temper.onAppend?.();
        await wait(temper.appendMsMax, `append ${path} ${bytes.length}`);
        underWay.delete(own);
        const fault = temper.faultOf("append");
        if (fault !== "none") {
          // A full disk takes what has room.
          append(file, own.bytes.subarray(0, this.#universe.chance.below(own.bytes.length)));
          throw faultError(fault, path);
        }
        append(file, own.bytes);
      },
      rewrite: async (offset, bytes) => {
        await wait(temper.appendMsMax, `rewrite ${path} ${offset} ${bytes.length}`);
        for (const part of file.believed)
          if (offset <= part.from && part.to <= offset + bytes.length) part.isWrittenAgain = true;
      },
      sync: async () => {
        if (!life.isAlive) return await new Promise<never>(() => undefined);
        // What is appended while the sync runs is not part of it.
        const covered = file.sizeBytes;
        await wait(temper.syncMsMax, `sync ${path} ${covered}`);
        const fault = temper.faultOf("sync");
        if (fault !== "none") {
          file.believed.push({ from: file.durableBytes, to: covered, isWrittenAgain: false });
          throw faultError(fault, path);
        }
        file.believed = file.believed.filter(({ isWrittenAgain }) => !isWrittenAgain);
        file.durableBytes = Math.max(file.durableBytes, Math.min(covered, file.sizeBytes));
      },
      truncate: async (sizeBytes) => {
        await wait(temper.appendMsMax, `truncate ${path} ${sizeBytes}`);
        file.sizeBytes = Math.min(file.sizeBytes, sizeBytes);
        file.durableBytes = Math.min(file.durableBytes, sizeBytes);
      },
      close: async () => undefined,
    };
  }
}

function newFile(): StoredFile {
  return { bytes: new Uint8Array(4_096), sizeBytes: 0, durableBytes: 0, isNameDurable: false, believed: [] };
}

function append(file: StoredFile, bytes: Uint8Array): void {
  const size = file.sizeBytes + bytes.length;
  if (size > file.bytes.length) {
    const grown = new Uint8Array(size * 2);
    grown.set(file.bytes.subarray(0, file.sizeBytes));
    file.bytes = grown;
  }
  file.bytes.set(bytes, file.sizeBytes);
  file.sizeBytes = size;
}

function contentOf(file: StoredFile | undefined): Uint8Array | undefined {
  return file?.bytes.slice(0, file.sizeBytes);
}

function faultError(fault: "io_error" | "full", path: string): BothyError {
  if (fault === "io_error") return diskFailed(`The disk answered EIO for ${path}.`);
  return new BothyError("disk_full", { message: `Could not write ${path}: the disk is full.`, fix: "Make room." });
}

function diskFailed(message: string): BothyError {
  return new BothyError("disk_failed", { message, fix: "Look at the disk." });
}
