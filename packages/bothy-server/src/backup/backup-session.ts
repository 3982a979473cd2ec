import { assert, BothyError, hexOfBytes } from "bothy/internal";
import type { World } from "../base/index.ts";
import { bytesBehind, holdsPlace, readServerId, readStretch, segmentName } from "../log/index.ts";
import type { LogPlace, LogStretch } from "../log/index.ts";
import { pieceName, piecesPrefix, readHead, readList, sha256Hex, writeHead, writeList } from "./manifest.ts";
import type { BackupHead, Piece, SegmentList } from "./manifest.ts";
import { pieceSizeMax, planPiece } from "./plan-piece.ts";
import type { BackupTarget } from "./target.ts";

/** What is backed up, where to, and with what of the world. */
export interface BackupSource {
  readonly world: Pick<World, "disk" | "clock" | "random">;
  /** The data folder of the server, which may be running. */
  readonly folder: string;
  readonly target: BackupTarget;
}

/** What one step has shipped. */
export interface Shipped {
  /** The version up to which the backup goes now. */
  readonly version: number;
  /** Bytes of the log that are in the backup now and were not before. */
  readonly sizeBytes: number;
}

/** One run that writes into a backup. Only one at a time may; another one takes over, and this one then stops. */
export class BackupSession {
  readonly #source: BackupSource;
  #head: BackupHead;
  #list: SegmentList | undefined;
  #place: LogPlace | undefined;
  /** Pieces that larger ones have replaced; they go in the next step, if the lists without them are still the ones in force. */
  #replaced: readonly string[] = [];

  private constructor(source: BackupSource, head: BackupHead) {
    this.#source = source;
    this.#head = head;
  }

  /**
   * Looks at the target and takes it over: an empty one is begun, one that holds a beginning of this very log is
   * continued. `not_found` without a log, `server_changed` and `epoch_changed` for a backup of another log. Where a run
   * goes on after a failure, an empty target is a disk that is not mounted (`server_unreachable`).
   */
  static async open(source: BackupSource, { isContinued = false } = {}): Promise<BackupSession> {
    const { world, target } = source;
    const server = await readServerId(logOf(source));
    if (server === undefined) throw noLog(source.folder);
    const found = await readHead(target);
    if (found === undefined && isContinued) throw targetAway(target);
    if (found === undefined && (await target.list("")).length > 0) throw notEmpty(target);
    if (found !== undefined) {
      if (found.server !== server) throw foreignBackup(source, found.server, server);
      await verifiedPlace(source, await lastList(target, found));
    }
    const head = { server, segment: found?.segment ?? 0, writer: hexOfBytes(world.random.bytes(16)) };
    await writeHead(target, head);
    const session = new BackupSession(source, head);
    // Whoever wrote before may have shipped more until it was taken over.
    session.#list = await lastList(target, head);
    session.#place = await verifiedPlace(source, session.#list);
    if (session.#list !== undefined) await session.#removeUnnamed(session.#list);
    return session;
  }

  /** The version up to which the backup goes. */
  get version(): number {
    return this.#place?.version ?? 0;
  }

  /** Bytes of the log that are not in the backup; some may not be whole records yet. */
  async bytesBehind(): Promise<number> {
    return await bytesBehind(logOf(this.#source), this.#place);
  }

  /** Ships the next run of records; undefined when there is nothing more now. */
  async ship(): Promise<Shipped | undefined> {
    const stretch = await readStretch(logOf(this.#source), this.#place, pieceSizeMax);
    if (stretch === undefined) return undefined;
    await this.#makeDurable(stretch);
    await this.#checkWriter();
    await this.#removeReplaced();
    const { target } = this.#source;
    const before = this.#list?.segment === stretch.segment ? this.#list.pieces : [];
    const { kept, absorbed } = planPiece(before, stretch.bytes.length);
    const { piece, bytes } = await this.#pieceOf(stretch, absorbed);
    await target.write(pieceName(stretch.segment, piece), bytes);
    const { serverId: server, version, hash, recordOffset } = stretch.end;
    const list = { server, segment: stretch.segment, version, hash, recordOffset, pieces: [...kept, piece] };
    await writeList(target, list);
    if (this.#head.segment !== stretch.segment) {
      this.#head = { ...this.#head, segment: stretch.segment };
      await writeHead(target, this.#head);
      await this.#removeUnnamed(list);
    }
    this.#list = list;
    this.#place = stretch.end;
    this.#replaced = absorbed.map((one) => pieceName(stretch.segment, one));
    return { version, sizeBytes: stretch.bytes.length };
  }

  /** Tidies up after the last step. */
  async close(): Promise<void> {
    if (this.#replaced.length === 0) return;
    await this.#checkWriter();
    await this.#removeReplaced();
  }

  async #removeReplaced(): Promise<void> {
    for (const name of this.#replaced) await this.#source.target.remove(name);
    this.#replaced = [];
  }

  /** What the disk could still lose with the power is not shipped: the server would go on without it, and differently. */
  async #makeDurable(stretch: LogStretch): Promise<void> {
    const { disk, folder } = logOf(this.#source);
    await disk.syncFile(`${folder}/${segmentName(stretch.segment)}`);
    if (stretch.offset === 0) await disk.syncFolder(folder);
  }

  async #checkWriter(): Promise<void> {
    const { target } = this.#source;
    const found = await readHead(target);
    if (found === undefined) throw targetAway(target);
    if (found.writer === this.#head.writer) return;
    throw new BothyError("folder_locked", {
      message: `Another backup has begun to write into ${target.title}; this one stops.`,
      fix: "Let one backup at a time write there, or give each a target of its own.",
    });
  }

  async #pieceOf(
    stretch: LogStretch,
    absorbed: readonly Piece[],
  ): Promise<{ readonly piece: Piece; readonly bytes: Uint8Array }> {
    const first = absorbed[0];
    const offset = first?.offset ?? stretch.offset;
    const bytes = first === undefined ? stretch.bytes : await this.#readAgain(stretch, absorbed, offset);
    const { version } = stretch.end;
    const atMs = this.#source.world.clock.nowMs();
    return { piece: { offset, sizeBytes: bytes.length, sha256: sha256Hex(bytes), version, atMs }, bytes };
  }

  /** The bytes of shipped pieces together with new ones, as they stand in the log; the old ones must be what they were. */
  async #readAgain(stretch: LogStretch, absorbed: readonly Piece[], offset: number): Promise<Uint8Array> {
    const { disk, folder } = logOf(this.#source);
    const path = `${folder}/${segmentName(stretch.segment)}`;
    const old = await disk.readAt(path, offset, stretch.offset - offset);
    for (const piece of absorbed) {
      const at = piece.offset - offset;
      if (sha256Hex(old.subarray(at, at + piece.sizeBytes)) === piece.sha256) continue;
      throw new BothyError("folder_damaged", {
        message: `The log ${path} is not what was shipped from it, at byte ${piece.offset}.`,
        fix: "Check the disk; what the backup holds is whole and can be restored into a new folder.",
        details: { path, offset: piece.offset },
      });
    }
    return Buffer.concat([old, stretch.bytes]);
  }

  /** Removes what a run that was ended in the middle has left. */
  async #removeUnnamed(list: SegmentList): Promise<void> {
    const { target } = this.#source;
    const named = new Set(list.pieces.map((piece) => pieceName(list.segment, piece)));
    for (const name of await target.list(piecesPrefix(list.segment))) if (!named.has(name)) await target.remove(name);
  }
}

function logOf({ world, folder }: BackupSource): { readonly disk: World["disk"]; readonly folder: string } {
  return { disk: world.disk, folder: `${folder}/log` };
}

/** The list of the last segment that a backup holds. */
async function lastList(target: BackupTarget, { segment }: BackupHead): Promise<SegmentList | undefined> {
  if (segment === 0) return undefined;
  const list = await readList(target, segment);
  if (list !== undefined) return list;
  throw new BothyError("folder_damaged", {
    message: `The backup ${target.title} is damaged: it does not hold the list of segment ${segment}.`,
    fix: "Back up into another folder or prefix.",
  });
}

/** The place behind what a backup holds, which must stand in the log. */
async function verifiedPlace(source: BackupSource, list: SegmentList | undefined): Promise<LogPlace | undefined> {
  if (list === undefined) return undefined;
  const last = list.pieces.at(-1);
  assert(last !== undefined, "a list names a piece");
  const { server, segment, version, hash, recordOffset } = list;
  const place = { serverId: server, segment, version, hash, recordOffset, offset: last.offset + last.sizeBytes };
  if (await holdsPlace(logOf(source), place)) return place;
  throw new BothyError("epoch_changed", {
    message: `The backup ${source.target.title} holds version ${version} as the log in ${source.folder} does not: its history is another from some version on, or it ends earlier.`,
    fix: "Back up into another folder or prefix. A server that was restored from an older backup begins another history.",
    details: { version, hash },
  });
}

function targetAway(target: BackupTarget): BothyError {
  return new BothyError("server_unreachable", {
    message: `The backup ${target.title} is not there any more.`,
    fix: "Check that its disk is mounted, or that nobody has removed it.",
  });
}

function noLog(folder: string): BothyError {
  return new BothyError("not_found", {
    message: `There is no log in the data folder ${folder}.`,
    fix: "Name the data folder with --folder; it has a log once its server has been started.",
  });
}

function notEmpty(target: BackupTarget): BothyError {
  return new BothyError("usage_invalid", {
    message: `${target.title} holds something else than a backup.`,
    fix: "Name a new or empty folder, or a prefix of its own.",
  });
}

function foreignBackup({ target, folder }: BackupSource, found: string, own: string): BothyError {
  return new BothyError("server_changed", {
    message: `The backup ${target.title} is of server ${found}; the log in ${folder} is of server ${own}.`,
    fix: "Back up into another folder or prefix.",
    details: { backup: found, folder: own },
  });
}
