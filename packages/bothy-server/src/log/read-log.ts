import { BothyError } from "bothy/internal";
import type { Disk, Logger } from "../base/index.ts";
import { logDamaged } from "./damage.ts";
import { firstHash, readRecord, recordHeadBytes, recordTextMax, type LogRecord } from "./record.ts";
import { settleEnd } from "./settle-end.ts";
import { holdsLaterGroup, scanRecords, type ScanEnd, type ScanState } from "./scan.ts";
import { logFormat, parseSegmentName, readSegmentHead, segmentHeadBytes, type SegmentHead } from "./segment.ts";

/** Names one record and where it stands, so that a reader can go on behind it. */
export interface LogPosition {
  readonly version: number;
  readonly hash: string;
  /** First version of its segment. */
  readonly segment: number;
  /** Byte at which the record starts. */
  readonly offset: number;
}

/** The end of a log, where a writer goes on. */
export interface LogEnd {
  readonly serverId: string;
  readonly version: number;
  readonly hash: string;
  /** First version of the last segment. */
  readonly segment: number;
}

interface ReadOptions {
  readonly disk: Disk;
  readonly log: Logger;
  /** The folder of the segments. */
  readonly folder: string;
  /** The record behind which reading begins; absent: everything is read. */
  readonly from?: LogPosition;
  /** Takes each record with its place; what it returns is awaited before the next. */
  readonly onRecord: (record: LogRecord, position: LogPosition) => void | Promise<void>;
}

/** What a whole reading of the log looks at. */
export interface VerifyOptions extends Omit<ReadOptions, "from"> {
  /** The record with which reading ends; for a log to which a server appends meanwhile. */
  readonly until?: LogPosition;
  /** Told of an end that a stop left unfinished, which the next start cuts off (ST5); absent: that is damage too. */
  readonly onTornEnd?: (end: TornEnd) => void;
}

/** An end of the log of which nobody was told that it is durable. */
export interface TornEnd {
  readonly path: string;
  readonly offset: number;
  readonly cutBytes: number;
  readonly reason: string;
}

interface ReadMode extends Pick<VerifyOptions, "until" | "onTornEnd"> {
  readonly cuts: boolean;
}

interface Segment {
  readonly path: string;
  readonly firstVersion: number;
  readonly head: SegmentHead | undefined;
}

/**
 * Reads a log from a position to its end, checking every record, and cuts off an end that was being written when the
 * process or the power went. What it reads is on the disk by then. Undefined if there is no log, or one that never held a
 * record.
 */
export async function recoverLog(options: ReadOptions): Promise<LogEnd | undefined> {
  return await readSegments(options, { cuts: true });
}

/** Reads and checks the whole log and changes nothing; fails with `folder_damaged` where it is not what was written. */
export async function verifyLog({ until, onTornEnd, ...options }: VerifyOptions): Promise<LogEnd | undefined> {
  const end = await readSegments(options, {
    cuts: false,
    ...(until === undefined ? {} : { until }),
    ...(onTornEnd === undefined ? {} : { onTornEnd }),
  });
  if (until === undefined || (end?.version === until.version && end.hash === until.hash)) return end;
  throw logDamaged(options.folder, 0, `version ${until.version}, which has been acknowledged, is not there`);
}

async function readSegments(options: ReadOptions, mode: ReadMode): Promise<LogEnd | undefined> {
  const { disk, folder, from } = options;
  const segments = (await listSegments(disk, folder)).filter(
    ({ firstVersion }) => mode.until === undefined || firstVersion <= mode.until.segment,
  );
  const first = segments[0];
  if (first === undefined) return refuseIfMissing(from, folder, undefined);
  if (first.head !== undefined && first.firstVersion !== 1) {
    throw logDamaged(
      first.path,
      0,
      `the log begins with version ${first.firstVersion}, so the segments before it are missing`,
    );
  }
  let end: LogEnd | undefined;
  let state = from === undefined ? startState(0, firstHash) : await stateAt(options, segments, from);
  if (from !== undefined)
    end = { serverId: first.head?.serverId ?? "", version: from.version, hash: from.hash, segment: from.segment };
  const last = segments.at(-1);
  // Every segment before the last was synced before the next one was begun.
  if (mode.cuts && last !== undefined)
    await settleEnd(disk, folder, last.path, last.firstVersion === from?.segment ? state.offset : 0);
  for (const segment of segments) {
    if (from !== undefined && segment.firstVersion < from.segment) {
      if (segment.head === undefined) throw logDamaged(segment.path, 0, "its header is not whole");
      continue;
    }
    const begins = from?.segment === segment.firstVersion ? state : startState(state.version, state.hash);
    const task = { segment, begins, serverId: first.head?.serverId, isLast: segment === last };
    const ended = await readSegment(options, task, mode.until?.version);
    if (ended.problem !== undefined) await treatEnd(options, mode, segment, { ...ended, problem: ended.problem });
    state = ended;
    // A segment without a record was cut away whole; the one before it is the last.
    if (ended.version < segment.firstVersion || segment.head === undefined) continue;
    end = { serverId: segment.head.serverId, version: ended.version, hash: ended.hash, segment: segment.firstVersion };
  }
  return refuseIfMissing(from, folder, end);
}

function refuseIfMissing(from: LogPosition | undefined, folder: string, end: LogEnd | undefined): LogEnd | undefined {
  if (from === undefined || (end !== undefined && end.version >= from.version)) return end;
  throw logDamaged(folder, 0, `it ends before version ${from.version}, which has been acknowledged`);
}

function startState(version: number, hash: string): ScanState {
  return { version, hash, offset: segmentHeadBytes, recordOffset: undefined };
}

async function listSegments(disk: Disk, folder: string): Promise<Segment[]> {
  const segments: Segment[] = [];
  for (const name of await disk.list(folder)) {
    const firstVersion = parseSegmentName(name);
    if (firstVersion === undefined) continue;
    const path = `${folder}/${name}`;
    const head = readSegmentHead(await disk.readAt(path, 0, segmentHeadBytes));
    if (head !== undefined && head.format !== logFormat) throw foreignFormat(path, head.format);
    if (head !== undefined && head.firstVersion !== firstVersion) {
      throw logDamaged(path, 0, `its header says that it begins with version ${head.firstVersion}`);
    }
    segments.push({ path, firstVersion, head });
  }
  return segments;
}

function foreignFormat(path: string, format: number): BothyError {
  return new BothyError("folder_damaged", {
    message: `The log ${path} has format ${format}; this Bothy reads format ${logFormat}.`,
    fix: "Start the version of Bothy that wrote this data folder.",
  });
}

/** The state behind the record of a position, which must be there just as the position says. */
async function stateAt(options: ReadOptions, segments: readonly Segment[], from: LogPosition): Promise<ScanState> {
  const segment = segments.find(({ firstVersion }) => firstVersion === from.segment);
  if (segment === undefined)
    throw logDamaged(options.folder, 0, `the segment that holds version ${from.version} is missing`);
  const head = await options.disk.readAt(segment.path, from.offset, recordHeadBytes);
  const sizeBytes = head.length < recordHeadBytes ? 0 : recordHeadBytes + Buffer.from(head).readUInt32LE(4);
  const bytes = await options.disk.readAt(
    segment.path,
    from.offset,
    Math.min(sizeBytes, recordHeadBytes + recordTextMax),
  );
  const record = readRecord(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), 0);
  if (record === undefined || record.version !== from.version || record.hash !== from.hash) {
    throw logDamaged(segment.path, from.offset, `version ${from.version}, which has been acknowledged, is not there`);
  }
  return { version: from.version, hash: from.hash, offset: from.offset + record.sizeBytes, recordOffset: from.offset };
}

interface SegmentTask {
  readonly segment: Segment;
  readonly begins: ScanState;
  readonly serverId: string | undefined;
  readonly isLast: boolean;
}

async function readSegment(
  options: ReadOptions,
  task: SegmentTask,
  untilVersion: number | undefined,
): Promise<ScanEnd> {
  const { segment, begins, isLast } = task;
  const { disk } = options;
  if (segment.head === undefined) {
    // A segment that holds what has been acknowledged was synced with its header.
    if (
      !isLast ||
      begins.recordOffset !== undefined ||
      (await holdsLaterGroup(disk, segment.path, 0, begins.version))
    ) {
      throw logDamaged(segment.path, 0, "its header is not whole");
    }
    return { ...begins, offset: 0, problem: "the header is not whole" };
  }
  if (segment.head.serverId !== task.serverId) throw logDamaged(segment.path, 0, "it is of another server");
  if (
    begins.recordOffset === undefined &&
    (segment.firstVersion !== begins.version + 1 || segment.head.hashBefore !== begins.hash)
  ) {
    throw logDamaged(
      segment.path,
      0,
      `it does not continue version ${begins.version}, the last of the segment before it`,
    );
  }
  const span = { from: begins, untilVersion };
  const found = await scanRecords(disk, segment.path, span, ({ version, hash, text }, offset) =>
    options.onRecord({ version, hash, text }, { version, hash, segment: segment.firstVersion, offset }),
  );
  // A segment is made with its first record, so one that holds none was being made.
  const ended =
    found.version < segment.firstVersion && found.problem === undefined
      ? { ...found, problem: "it holds no record" }
      : found;
  if (ended.problem === undefined) return ended;
  if (!isLast || (await holdsLaterGroup(disk, segment.path, ended.offset, ended.version))) {
    throw logDamaged(segment.path, ended.offset, ended.problem);
  }
  return ended;
}

/** Nobody was told of what is cut off here: its group had not been synced. */
async function treatEnd(
  { disk, log, folder }: ReadOptions,
  { cuts, onTornEnd }: ReadMode,
  segment: Segment,
  ended: ScanEnd & { readonly problem: string },
): Promise<void> {
  const { path } = segment;
  const { offset, problem: reason } = ended;
  const cutBytes = ((await disk.stat(path))?.sizeBytes ?? 0) - offset;
  if (!cuts) {
    if (onTornEnd === undefined) throw logDamaged(path, offset, reason);
    return onTornEnd({ path, offset, cutBytes, reason });
  }
  log.warn("The end of the log was being written when the server stopped; it is cut off.", {
    path,
    offset,
    cutBytes,
    reason,
    lastVersion: ended.version,
  });
  if (ended.version < segment.firstVersion) {
    await disk.remove(path);
    await disk.syncFolder(folder);
    return;
  }
  const file = await disk.openAppend(path);
  await file.truncate(offset);
  await file.sync();
  await file.close();
}
