import { dirname } from "node:path";
import { BothyError, isBothyError } from "bothy/internal";
import type { AppendFile, World } from "../base/index.ts";
import { restoredMark, segmentHeadBytes, segmentName, verifyLog } from "../log/index.ts";
import type { LogEnd, LogPosition } from "../log/index.ts";
import { getHead, segmentLists } from "./describe-backup.ts";
import { backupDamaged, pieceName, readList, sha256Hex } from "./manifest.ts";
import type { SegmentList } from "./manifest.ts";
import type { BackupTarget } from "./target.ts";

/** What is restored, and where to. */
export interface RestoreOptions {
  readonly world: Pick<World, "disk" | "log">;
  readonly source: BackupTarget;
  /** The new data folder: absent, or empty. */
  readonly folder: string;
  /** The last version to restore; all of them if absent. */
  readonly version?: number;
  readonly onPiece: (bytesDone: number) => void;
}

/** What was restored. */
export interface Restored {
  readonly server: string;
  readonly version: number;
  readonly sizeBytes: number;
}

/**
 * Makes a data folder from a backup. Everything is read, hashed and its chain verified in a folder beside the new one,
 * which gets its name as the last step: whatever is wrong, nothing appears under that name.
 */
export async function restoreBackup(options: RestoreOptions): Promise<Restored> {
  const { folder, world } = options;
  const { disk } = world;
  const found = await disk.stat(folder);
  if (found !== undefined && (!found.isFolder || (await disk.list(folder)).length > 0)) throw notNew(folder);
  const making = `${folder}.restoring`;
  await disk.makeFolder(making, 0o700);
  const lock = await disk.lock(making);
  try {
    // What a restore that was ended in the middle has left.
    await disk.remove(`${making}/log`);
    await disk.makeFolder(`${making}/log`, 0o700);
    const restored = await fill(options, `${making}/log`);
    await disk.syncFolder(`${making}/log`);
    await disk.writeAtomic(`${making}/${restoredMark}`, new Uint8Array(), 0o600);
    await lock.release();
    await disk.syncFolder(making);
    await disk.rename(making, folder);
    await disk.syncFolder(dirname(folder));
    return restored;
  } catch (error) {
    await lock.release();
    await disk.remove(making);
    throw error;
  }
}

async function fill(options: RestoreOptions, logFolder: string): Promise<Restored> {
  const { world, source, version } = options;
  const head = await getHead(source);
  let last: SegmentList | undefined;
  const progress = { done: 0 };
  for await (const list of segmentLists(source, head)) {
    last = await copySegment(options, { list, logFolder, progress });
    if (version !== undefined && last.version >= version) break;
  }
  if (last === undefined) {
    throw new BothyError("not_found", {
      message: `The backup ${source.title} holds no version yet.`,
      fix: "Wait until a backup into it has finished.",
    });
  }
  if (version !== undefined && (version < 1 || version > last.version)) {
    throw new BothyError("usage_invalid", {
      message: `The backup ${source.title} holds the versions 1 to ${last.version}, not ${version}.`,
      fix: "Choose one of these, or leave --up-to out.",
    });
  }
  const { end, cut } = await verify(options, logFolder);
  if (end === undefined || end.serverId !== head.server || end.version !== last.version || end.hash !== last.hash)
    throw backupDamaged(source, `segment ${last.segment}`, 0, `it does not end with version ${last.version}`);
  if (cut !== undefined) await cutAt(world.disk, logFolder, cut);
  return { server: head.server, version: version ?? end.version, sizeBytes: progress.done };
}

interface SegmentCopy {
  readonly list: SegmentList;
  readonly logFolder: string;
  readonly progress: { done: number };
}

/** Writes one segment from its pieces; returns the list that was used, which a running backup may have replaced meanwhile. */
async function copySegment(options: RestoreOptions, copy: SegmentCopy): Promise<SegmentList> {
  const { world, source } = options;
  const file = await world.disk.openAppend(`${copy.logFolder}/${segmentName(copy.list.segment)}`);
  try {
    let { list } = copy;
    for (let tries = 0; ; tries++) {
      const missing = await copyPieces(options, { ...copy, list }, file);
      if (missing === undefined) break;
      // A backup that goes on replaces small pieces by larger ones: the list of now names those.
      const next = await readList(source, list.segment);
      const isSame = JSON.stringify(next) === JSON.stringify(list);
      if (next === undefined || isSame || tries === listReadsMax) {
        const place = `${missing} (byte ${file.sizeBytes} of the segment)`;
        throw backupDamaged(source, place, 0, "it is missing");
      }
      list = next;
    }
    await file.sync();
    return list;
  } finally {
    await file.close();
  }
}

const listReadsMax = 20;

/** Appends the pieces of a list from where the file ends; returns the name of one that is not there. */
async function copyPieces(
  { source, onPiece }: RestoreOptions,
  { list, progress }: SegmentCopy,
  file: AppendFile,
): Promise<string | undefined> {
  for (const piece of list.pieces) {
    const skipped = file.sizeBytes - piece.offset;
    if (skipped >= piece.sizeBytes) continue;
    const name = pieceName(list.segment, piece);
    const bytes = await source.read(name);
    if (bytes === undefined) return name;
    const place = `${name} (byte ${piece.offset} of the segment)`;
    if (skipped < 0) throw backupDamaged(source, place, 0, `the bytes from ${file.sizeBytes} on are in no piece`);
    if (bytes.length !== piece.sizeBytes)
      throw backupDamaged(
        source,
        place,
        Math.min(bytes.length, piece.sizeBytes),
        `it has ${bytes.length} bytes, not ${piece.sizeBytes}`,
      );
    if (sha256Hex(bytes) !== piece.sha256) throw backupDamaged(source, place, 0, "its SHA-256 does not fit");
    await file.append(bytes.subarray(skipped));
    progress.done += bytes.length - skipped;
    onPiece(progress.done);
  }
  return undefined;
}

/** Verifies every checksum and the chain; tells where the wanted version ends if that is not the end. */
async function verify(
  { world, source, version }: RestoreOptions,
  logFolder: string,
): Promise<{ readonly end: LogEnd | undefined; readonly cut: LogPosition | undefined }> {
  let cut: LogPosition | undefined;
  try {
    const end = await verifyLog({
      disk: world.disk,
      log: world.log,
      folder: logFolder,
      onRecord: (record, position) => {
        if (version !== undefined && record.version === version + 1) cut = position;
      },
    });
    return { end, cut };
  } catch (error) {
    if (!isBothyError(error) || error.code !== "folder_damaged") throw error;
    throw backupDamaged(source, "the log that its pieces make", 0, error.message);
  }
}

/** Ends a log before a record. */
async function cutAt(disk: World["disk"], logFolder: string, cut: LogPosition): Promise<void> {
  for (const name of await disk.list(logFolder)) {
    const isBehind = name > segmentName(cut.segment);
    if (isBehind || (name === segmentName(cut.segment) && cut.offset === segmentHeadBytes))
      await disk.remove(`${logFolder}/${name}`);
  }
  if (cut.offset === segmentHeadBytes) return;
  const file = await disk.openAppend(`${logFolder}/${segmentName(cut.segment)}`);
  await file.truncate(cut.offset);
  await file.sync();
  await file.close();
}

function notNew(folder: string): BothyError {
  return new BothyError("usage_invalid", {
    message: `${folder} is there already and is not empty.`,
    fix: "A restore makes a new folder: name one that is not there. Nothing was changed.",
  });
}
