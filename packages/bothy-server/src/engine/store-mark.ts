import type { Disk } from "../base/index.ts";

/**
 * What a data folder says about its store while nobody has closed it. LMDB trusts its pages, so a damaged one can end the
 * process without a word; the next start has nothing but this to know it by. Absent: the store was closed.
 */
export type StoreMark =
  /** LMDB was being opened and read for the first time. */
  | { readonly state: "opening" }
  /** It was in use, and so it was at that many ends before without a check in between that found it whole. */
  | { readonly state: "in_use"; readonly endsBefore: number }
  /** It has shown that it is not what was written, and is made again at the next start. */
  | { readonly state: "damaged"; readonly reason: string };

/** What the last process left; a mark that cannot be read stands for an end that nobody knows anything about. */
export async function readStoreMark(disk: Disk, folder: string): Promise<StoreMark | undefined> {
  const bytes = await disk.read(pathIn(folder));
  if (bytes === undefined) return undefined;
  try {
    return parseMark(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return unknownEnd;
  }
}

export async function writeStoreMark(disk: Disk, folder: string, mark: StoreMark): Promise<void> {
  await disk.writeAtomic(pathIn(folder), new TextEncoder().encode(JSON.stringify(mark)));
}

/** Says that the store is damaged before it returns, because the process may not live on. */
export function markDamaged(disk: Disk, folder: string, reason: string): void {
  const mark: StoreMark = { state: "damaged", reason };
  disk.writeNow(pathIn(folder), new TextEncoder().encode(JSON.stringify(mark)));
}

export async function removeStoreMark(disk: Disk, folder: string): Promise<void> {
  await disk.remove(pathIn(folder));
}

const unknownEnd: StoreMark = { state: "in_use", endsBefore: 0 };

function pathIn(folder: string): string {
  return `${folder}/store-mark.json`;
}

function parseMark(found: unknown): StoreMark {
  if (typeof found !== "object" || found === null || !("state" in found)) return unknownEnd;
  if (found.state === "opening") return { state: "opening" };
  if (found.state === "damaged" && "reason" in found && typeof found.reason === "string")
    return { state: "damaged", reason: found.reason };
  const isCounted = "endsBefore" in found && Number.isSafeInteger(found.endsBefore);
  return isCounted ? { state: "in_use", endsBefore: Number(found.endsBefore) } : unknownEnd;
}
