/**
 * Backups: a verified copy of a beginning of the log, which is the database (docs/spec/backup.md).
 *
 * A session ships what is new, as pieces with their SHA-256, into a folder or a bucket, beside a server that goes on
 * writing; only whole, chained and durable records are taken, and only behind what the target holds already. A restore
 * verifies everything in a folder of its own before that folder gets its name. How targets are named and what is told
 * to people is left to the command line, what records mean to the engine.
 */
export { BackupSession } from "./backup-session.ts";
export type { BackupSource, Shipped } from "./backup-session.ts";
export { followLog } from "./follow-log.ts";
export type { FollowOptions } from "./follow-log.ts";
export { describeBackup } from "./describe-backup.ts";
export type { BackupDescription } from "./describe-backup.ts";
export { openFolderTarget, openPrefixTarget } from "./target.ts";
export type { BackupTarget } from "./target.ts";
export { restoreBackup } from "./restore-backup.ts";
export type { Restored, RestoreOptions } from "./restore-backup.ts";
