/** Every limit on what is stored, sent and read, in one place (VA16). Sizes are bytes. */
export const limits = {
  documentSizeBytes: 1_048_576,
  /** Levels of arrays and objects inside a document. */
  nestingMax: 16,
  /** Levels inside anything that is encoded or decoded: arguments and results wrap documents. */
  wireNestingMax: 64,
  fieldsMax: 1_024,
  arrayLengthMax: 8_192,
  fieldNameLengthMax: 64,
  nestedFieldNameLengthMax: 1_024,
  indexKeySizeBytes: 1_024,
  tablesMax: 10_000,
  tableNameLengthMax: 64,
  indexNameLengthMax: 64,
  indexesPerTableMax: 32,
  fieldsPerIndexMax: 16,
  projectionsPerTableMax: 8,
  groupCallsMax: 100,
  argumentsSizeBytes: 1_048_576,
  resultSizeBytes: 16_777_216,
  frameSizeBytes: 2_097_152,
  filterOperatorsMax: 256,
  /** Rows that `.newest(n)` may ask for. */
  windowRowsMax: 100_000,
  rangesPerScopeMax: 4_096,
  transactionReadBytes: 16_777_216,
  transactionReadDocuments: 32_000,
  transactionReadRanges: 4_096,
  transactionWriteBytes: 16_777_216,
  transactionWriteDocuments: 16_000,
} as const;
