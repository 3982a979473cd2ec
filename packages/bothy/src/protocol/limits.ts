/** Bounds on the fields of client messages; the size of a whole frame is `limits.frameSizeBytes` of values. */
export const protocolLimits = {
  /** Mutations in one push. */
  pushMutationsMax: 1_000,
  /** Held ranges that a hello may list. */
  cursorRangesMax: 65_536,
  /** Holds that a hello may name. */
  holdsMax: 1_024,
  /** Buckets of a repair, as a power of two: of those that are told, and of those whose rows are listed. */
  bucketLevelMax: 12,
  itemLevelMax: 16,
  /** Rows that one repair lists. */
  repairRowsMax: 65_536,
  tokenLengthMax: 8_192,
  sealLengthMax: 256,
  edgeLengthMax: 4_096,
  functionNameLengthMax: 512,
  functionVersionLengthMax: 128,
  schemaHashLengthMax: 128,
  deploymentNameLengthMax: 128,
  /** Functions of which a hello names queued calls. */
  queuedCallsMax: 32,
} as const;
