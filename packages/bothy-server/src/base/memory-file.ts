import { diskError } from "./disk-error.ts";
import type { SeededRandom } from "./seeded-random.ts";
import type { AppendFile } from "./world.ts";

/** A piece of a file that the system believes to be on the disk and that is not: its sync failed. */
interface LostPiece {
  readonly from: number;
  readonly to: number;
  /** Written once more since, so that the next sync that holds brings it to the disk. */
  isRewritten: boolean;
}

/** A file of the disk in memory. */
export interface MemoryFile {
  bytes: Uint8Array;
  sizeBytes: number;
  /** What the system believes to be on the disk. */
  syncedBytes: number;
  isNameSynced: boolean;
  lost: LostPiece[];
}

/** Runs an operation of the process that opened the file; `onFailure` is called when it is made to fail. */
export type ActOnFile = <T>(kind: FileOperation, sizeBytes: number, task: Task<T>) => Promise<T>;

export interface Task<T> {
  readonly run: () => T;
  readonly onFailure?: () => void;
}

export type FileOperation = "append" | "rewrite" | "sync" | "truncate";

const sectorBytes = 512;

/** Makes a file with content that is on the disk. */
export function wholeFile(bytes: Uint8Array): MemoryFile {
  return { bytes, sizeBytes: bytes.length, syncedBytes: bytes.length, isNameSynced: true, lost: [] };
}

/** Makes an empty file that the disk has not heard of yet. */
export function newFile(): MemoryFile {
  return { bytes: new Uint8Array(1_024), sizeBytes: 0, syncedBytes: 0, isNameSynced: false, lost: [] };
}

export function contentOf(file: MemoryFile | undefined): Uint8Array | undefined {
  return file?.bytes.slice(0, file.sizeBytes);
}

/** Cuts the unsynced end anywhere, and loses some of the sectors that stay: the disk writes them in no order. */
export function tearFile(file: MemoryFile, random: SeededRandom): void {
  for (const { from, to } of file.lost) if (random.below(4) > 0) file.bytes.fill(0, from, Math.min(to, file.sizeBytes));
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
  file.lost = [];
}

/** Opens a file; `roomBytes` tells how much the disk still takes. */
export function openMemoryFile(path: string, file: MemoryFile, act: ActOnFile, roomBytes: () => number): AppendFile {
  return {
    get sizeBytes() {
      return file.sizeBytes;
    },
    append: (bytes) =>
      act("append", bytes.length, {
        run: () => {
          // A disk that fills up takes a part before it says so.
          const taken = Math.min(bytes.length, roomBytes());
          writeBytes(file, file.sizeBytes, bytes.subarray(0, taken));
          if (taken < bytes.length) throw diskError({ code: "ENOSPC" }, path, "write to");
        },
      }),
    rewrite: (offset, bytes) =>
      act("rewrite", bytes.length, {
        run: () => {
          writeBytes(file, offset, bytes);
          for (const piece of file.lost)
            if (offset <= piece.from && piece.to <= offset + bytes.length) piece.isRewritten = true;
        },
      }),
    sync: () => {
      // What is written while the sync runs is not part of it.
      const covered = file.sizeBytes;
      return act("sync", covered, {
        run: () => {
          file.syncedBytes = Math.max(file.syncedBytes, covered);
          file.lost = file.lost.filter(({ isRewritten }) => !isRewritten);
        },
        onFailure: () => {
          // The system drops what it could not write, and believes from now on that it is there.
          if (covered > file.syncedBytes) file.lost.push({ from: file.syncedBytes, to: covered, isRewritten: false });
          for (const piece of file.lost) piece.isRewritten = false;
          file.syncedBytes = Math.max(file.syncedBytes, covered);
        },
      });
    },
    truncate: (sizeBytes) =>
      act("truncate", sizeBytes, {
        run: () => {
          file.sizeBytes = sizeBytes;
          file.syncedBytes = Math.min(file.syncedBytes, sizeBytes);
          file.lost = file.lost
            .filter(({ from }) => from < sizeBytes)
            .map((piece) => ({ ...piece, to: Math.min(piece.to, sizeBytes) }));
        },
      }),
    close: async () => undefined,
  };
}

function writeBytes(file: MemoryFile, offset: number, bytes: Uint8Array): void {
  const end = offset + bytes.length;
  if (end > file.bytes.length) {
    const grown = new Uint8Array(end * 2);
    grown.set(file.bytes.subarray(0, file.sizeBytes));
    file.bytes = grown;
  }
  file.bytes.set(bytes, offset);
  file.sizeBytes = Math.max(file.sizeBytes, end);
}
