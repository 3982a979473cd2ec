import type { Disk } from "../base/index.ts";

const chunkBytes = 1_048_576;

/**
 * Writes the end of a segment once more and syncs it, before anything is made of what stands there. A process that ended
 * between write and sync, or because its sync failed, leaves bytes that the system's memory holds and the disk may not; after a
 * failed sync the system even believes that they are on the disk, so that a sync alone would bring nothing there.
 */
export async function settleEnd(disk: Disk, folder: string, path: string, offset: number): Promise<void> {
  const sizeBytes = (await disk.stat(path))?.sizeBytes ?? 0;
  if (sizeBytes <= offset) return;
  const file = await disk.openAppend(path);
  try {
    for (let at = offset; at < sizeBytes;) {
      const bytes = await disk.readAt(path, at, Math.min(chunkBytes, sizeBytes - at));
      if (bytes.length === 0) break;
      await file.rewrite(at, bytes);
      at += bytes.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await disk.syncFolder(folder);
}
