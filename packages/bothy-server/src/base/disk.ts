import { closeSync, constants, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname, join } from "node:path";
import { openAppendFile } from "./append-file.ts";
import { diskError, systemCode } from "./disk-error.ts";
import { lockFolder } from "./folder-lock.ts";
import type { Disk } from "./world.ts";

/** Makes the disk of the machine. */
export function createNodeDisk(): Disk {
  return {
    openAppend: (path) => openAppendFile(path),
    read: (path) => orUndefined(path, "read", async () => new Uint8Array(await fs.readFile(path))),
    readAt,
    writeAtomic,
    writeNow,
    makeFolder: (path, mode) => named(path, "make the folder", () => makeFolder(path, mode)),
    list: async (path) => (await orUndefined(path, "list", () => fs.readdir(path)))?.sort() ?? [],
    remove: (path) => named(path, "remove", () => fs.rm(path, { recursive: true, force: true })),
    rename: async (from, to) => {
      await named(from, "rename", () => fs.rename(from, to));
      await syncFolder(dirname(join(to)));
    },
    syncFolder,
    syncFile,
    space: async (folder) =>
      await orUndefined(folder, "look at", async () => {
        const { bavail, bsize, blocks } = await fs.statfs(folder);
        return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
      }),
    stat: (path) =>
      orUndefined(path, "look at", async () => {
        const found = await fs.stat(path);
        return { sizeBytes: found.size, modifiedMs: found.mtimeMs, isFolder: found.isDirectory() };
      }),
    lock: lockFolder,
  };
}

async function named<T>(path: string, action: string, task: () => Promise<T>): Promise<T> {
  try {
    return await task();
  } catch (cause) {
    throw diskError(cause, path, action);
  }
}

async function orUndefined<T>(path: string, action: string, task: () => Promise<T>): Promise<T | undefined> {
  try {
    return await task();
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return undefined;
    throw diskError(cause, path, action);
  }
}

/**
 * Makes a folder and those above it. Node's own recursive form says ENOENT where the disk can't be written, and does not
 * come back where the system refuses new folders.
 */
async function makeFolder(path: string, mode: number | undefined): Promise<void> {
  try {
    await fs.mkdir(path, mode);
  } catch (cause) {
    const word = systemCode(cause);
    if (word === "EEXIST") {
      if ((await fs.stat(path)).isDirectory()) return;
      throw Object.assign(new Error(`${path} is a file`), { code: "ENOTDIR" });
    }
    const parent = dirname(path);
    // A missing folder that is there after all is one in which nothing can be made.
    if (word !== "ENOENT" || parent === path || (await isThere(parent))) throw cause;
    await makeFolder(parent, mode);
    await makeFolder(path, mode);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await fs.stat(path);
    return true;
  } catch {
    // Whatever keeps us from looking: it is not there for us.
    return false;
  }
}

async function readAt(path: string, offset: number, length: number): Promise<Uint8Array> {
  return await named(path, "read", async () => {
    const file = await fs.open(path, "r");
    try {
      const bytes = new Uint8Array(length);
      let filled = 0;
      while (filled < length) {
        const { bytesRead } = await file.read(bytes, filled, length - filled, offset + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    } finally {
      await file.close();
    }
  });
}

let temporaryCount = 0;

async function writeAtomic(path: string, bytes: Uint8Array, mode: number = 0o600): Promise<void> {
  const temporary = `${path}.${process.pid}.${++temporaryCount}.tmp`;
  await named(path, "write", async () => {
    try {
      const file = await fs.open(temporary, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, mode);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await fs.rename(temporary, path);
    } catch (cause) {
      await fs.rm(temporary, { force: true });
      throw cause;
    }
  });
  await syncFolder(dirname(join(path)));
}

function writeNow(path: string, bytes: Uint8Array): void {
  const temporary = `${path}.${process.pid}.${++temporaryCount}.tmp`;
  try {
    const file = openSync(temporary, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600);
    try {
      writeFileSync(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw diskError(cause, path, "write");
  }
}

async function syncFolder(path: string): Promise<void> {
  await named(path, "sync the folder", async () => {
    const folder = await fs.open(path, "r");
    try {
      await folder.sync();
    } catch (cause) {
      // Some file systems cannot sync a folder and say so; they keep names in order by themselves.
      if (!["EINVAL", "ENOTSUP", "EISDIR"].includes(systemCode(cause))) throw cause;
    } finally {
      await folder.close();
    }
  });
}

async function syncFile(path: string): Promise<void> {
  await named(path, "sync", async () => {
    const file = await fs.open(path, "r");
    try {
      await file.datasync();
    } finally {
      await file.close();
    }
  });
}
