/**
 * Documents, indexes, transactions and books over the log and the store (docs/spec/storage.md).
 *
 * Commits are strictly serializable: a read set is validated against every commit after its snapshot, in the step in which
 * the commit gets its version and becomes visible. Durability follows in groups, and `onDurable`, `whenDurable` and
 * `openSnapshot` show nothing that is not durable: whoever sends anything out of the process relies on them. A log that
 * cannot be written ends the process. Running user code, and who may read what, is left to the layers above.
 */
export type {
  ChangeSchemaOptions,
  Commit,
  CommitFootprint,
  CommitOutcome,
  CommitRequest,
  DocumentWrite,
  Engine,
  RangeChanges,
  RangeProof,
  ReadResult,
  RecordWrite,
  Reservation,
  SchemaProgress,
  Snapshot,
  StoredDocument,
} from "./engine.ts";
export type { CommitKind, EngineFigures } from "./engine-figures.ts";
export { examineFolder, repairFolder } from "./examine-folder.ts";
export type { ExamineOptions, Repair } from "./examine-folder.ts";
export { openEngine } from "./open-engine.ts";
export type { EngineOptions, EngineWorld } from "./engine-options.ts";
export { projectText } from "./project-text.ts";
export { readPart } from "./read-part.ts";
export type { PartRead, PartWanted } from "./read-part.ts";
export { runInTurn } from "./run-in-turn.ts";
export { storedStamp } from "./stored-document.ts";
export { rowOf, transact } from "./transact.ts";
export type { TransactOptions } from "./transact.ts";
export type { Checked, Finding, FindingKind, FolderReport } from "./verify-report.ts";
export { isSameSchema } from "./schema-change.ts";
