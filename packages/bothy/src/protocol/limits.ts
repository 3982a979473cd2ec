/** Bounds on the fields of client messages; the size of a whole frame is `limits.frameSizeBytes` of values. */
export const protocolLimits = {
  /** Mutations in one push. */
  pushMutationsMax: 1_000,
  /** Held ranges that a hello may list. */
  cursorRangesMax: 65_536,
  /** Holds that a hello may name. */
  holdsMax: 1_024,
  /** Buckets of a repair whose rows are listed, as a power of two. */
  itemLevelMax: 16,
  tokenLengthMax: 8_192,
  sealLengthMax: 256,
  edgeLengthMax: 4_096,
  functionNameLengthMax: 512,
  functionVersionLengthMax: 128,
  schemaHashLengthMax: 128,
  deploymentNameLengthMax: 128,
} as const;

// Apart from the others, because a client's bundle needs these alone.

/** Buckets of a repair that are told, as a power of two. */
export const bucketLevelMax = 12;
/** Rows that one repair lists. */
export const repairRowsMax = 65_536;
/** Functions of which a hello names queued calls. */
export const queuedCallsMax = 32;
/** Documents of which a device tells while developing that a call wrote them; where there are more it tells nothing. */
export const wroteDocumentsMax = 50;
/** Fields of such a document. */
export const wroteFieldsMax = 100;
