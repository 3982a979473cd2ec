import { BothyError } from "bothy/internal";
import { backupDamaged, readHead, readList } from "./manifest.ts";
import type { BackupHead, SegmentList } from "./manifest.ts";
import type { BackupTarget } from "./target.ts";

/** What a backup says to hold; nothing of it is verified. */
export interface BackupDescription {
  readonly server: string;
  /** The last version; 0: nothing was shipped yet. */
  readonly version: number;
  readonly sizeBytes: number;
  /** Up to which version each piece goes and when it was shipped, oldest first. */
  readonly points: readonly { readonly version: number; readonly atMs: number }[];
}

/** Tells what a backup holds. */
export async function describeBackup(target: BackupTarget): Promise<BackupDescription> {
  const head = await getHead(target);
  const points: { version: number; atMs: number }[] = [];
  let [version, sizeBytes] = [0, 0];
  for await (const { pieces } of segmentLists(target, head)) {
    for (const piece of pieces) {
      points.push({ version: piece.version, atMs: piece.atMs });
      version = piece.version;
      sizeBytes += piece.sizeBytes;
    }
  }
  return { server: head.server, version, sizeBytes, points };
}

/** The head of a backup that must be there. */
export async function getHead(target: BackupTarget): Promise<BackupHead> {
  const head = await readHead(target);
  if (head !== undefined) return head;
  throw new BothyError("not_found", {
    message: `There is no backup in ${target.title}.`,
    fix: 'Name the folder or s3://bucket/prefix that "bothy backup" was given.',
  });
}

/** The lists of a backup's segments in their order, each continuing the one before. */
export async function* segmentLists(target: BackupTarget, head: BackupHead): AsyncGenerator<SegmentList> {
  let segment = 1;
  while (head.segment >= segment) {
    const list = await readList(target, segment);
    if (list === undefined) throw backupDamaged(target, `segment ${segment}`, 0, "its list is missing");
    if (list.server !== head.server || list.segment !== segment || list.version < segment)
      throw backupDamaged(target, `segment ${segment}`, 0, "its list is of something else");
    yield list;
    if (segment === head.segment) return;
    segment = list.version + 1;
  }
  if (head.segment > 0) throw backupDamaged(target, `segment ${head.segment}`, 0, "no segment before it leads to it");
}
