/**
 * The commit log: the database itself.
 *
 * Append-only segments in which every record carries a checksum and a running hash over all before it. Whatever waits is
 * written with one write and one sync; only then is it durable. After a crash an end that was never synced is cut off;
 * anything else that is not as written stops the start (`folder_damaged`). A failed write or sync is final: the owner must
 * end the process. What the text of a record means is the engine's.
 */
export { CommitLog, segmentSizeMax } from "./commit-log.ts";
export type { CommitLogOptions } from "./commit-log.ts";
export type { LogFigures } from "./log-figures.ts";
export { recoverLog, verifyLog } from "./read-log.ts";
export type { LogEnd, LogPosition, TornEnd, VerifyOptions } from "./read-log.ts";
export { bytesBehind, holdsPlace, readServerId, readStretch } from "./read-stretch.ts";
export type { LogPlace, LogStretch } from "./read-stretch.ts";
export { recordTextMax } from "./record.ts";
export type { LogRecord } from "./record.ts";
export { restoredMark, segmentHeadBytes, segmentName } from "./segment.ts";
