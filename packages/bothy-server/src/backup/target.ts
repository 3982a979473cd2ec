import { dirname, join } from "node:path";
import type { Disk, ObjectStore } from "../base/index.ts";

/** Where a backup lies: objects by name, in a folder or below a prefix of a bucket. */
export interface BackupTarget extends ObjectStore {
  /** What people call it, for messages; holds no secret. */
  readonly title: string;
}

/** A backup in a folder. */
export function openFolderTarget(disk: Disk, folder: string): BackupTarget {
  const made = new Set<string>();
  /** A folder's own name must last as well as what is in it. */
  const make = async (path: string): Promise<void> => {
    if (made.has(path) || path === dirname(path)) return;
    if ((await disk.stat(path)) === undefined) {
      await make(dirname(path));
      await disk.makeFolder(path, 0o700);
      await disk.syncFolder(dirname(path));
    }
    made.add(path);
  };
  return {
    title: folder,
    read: (name) => disk.read(join(folder, name)),
    write: async (name, bytes) => {
      const path = join(folder, name);
      await make(dirname(path));
      await disk.writeAtomic(path, bytes, 0o600);
    },
    list: async (prefix) => {
      const inner = prefix.slice(0, prefix.lastIndexOf("/") + 1);
      const names = await disk.list(inner === "" ? folder : join(folder, dirname(`${inner}.`)));
      return names.map((name) => inner + name).filter((name) => name.startsWith(prefix));
    },
    remove: (name) => disk.remove(join(folder, name)),
  };
}

/** A backup below a prefix of a bucket; an empty prefix is the whole bucket. */
export function openPrefixTarget(store: ObjectStore, prefix: string, title: string): BackupTarget {
  const before = prefix === "" ? "" : `${prefix}/`;
  return {
    title,
    read: (name) => store.read(before + name),
    write: (name, bytes) => store.write(before + name, bytes),
    list: async (start) => (await store.list(before + start)).map((name) => name.slice(before.length)),
    remove: (name) => store.remove(before + name),
  };
}
