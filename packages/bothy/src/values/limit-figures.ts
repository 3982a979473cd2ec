/*
 * Every limit on what is stored, sent and read, in one place (VA16). Sizes are bytes. Constants and no object, so that a
 * client's bundle holds those alone that it asks for; a server asks for all of them, as `limits`.
 */

/** What a document may take. */
export const documentSizeBytes = 1_048_576;
/** Levels of arrays and objects inside a document. */
export const nestingMax = 16;
/** Levels inside anything that is encoded or decoded: arguments and results wrap documents. */
export const wireNestingMax = 64;
/** Fields of one object. */
export const fieldsMax = 1_024;
/** Items of one array. */
export const arrayLengthMax = 8_192;
/** Characters of a field name at the top of a document. */
export const fieldNameLengthMax = 64;
/** Characters of any other field name. */
export const nestedFieldNameLengthMax = 1_024;
/** What a key of a document in one index may take. */
export const indexKeySizeBytes = 1_024;
/** Tables of a schema. */
export const tablesMax = 10_000;
/** Characters of their names. */
export const tableNameLengthMax = 64;
/** Characters of the name of an index, or of a projection. */
export const indexNameLengthMax = 64;
/** Indexes that a table may declare. */
export const indexesPerTableMax = 32;
/** Fields that an index may declare. */
export const fieldsPerIndexMax = 16;
/** Projections that a table may declare. */
export const projectionsPerTableMax = 8;
/** Calls that one group may make. */
export const groupCallsMax = 100;
/** What the arguments of one call may take, as text. */
export const argumentsSizeBytes = 1_048_576;
/** What the result of one call may take, as text. */
export const resultSizeBytes = 16_777_216;
/** What one message of a client may take. */
export const frameSizeBytes = 2_097_152;
/** Operators of one filter. */
export const filterOperatorsMax = 256;
/** Rows that `.newest(n)` may ask for. */
export const windowRowsMax = 100_000;
/** Ranges that one scope may return. */
export const rangesPerScopeMax = 4_096;
/** Bytes that one transaction may read. */
export const transactionReadBytes = 16_777_216;
/** Documents that one transaction may look at. */
export const transactionReadDocuments = 32_000;
/** Reads that one transaction may make. */
export const transactionReadRanges = 4_096;
/** Bytes that one transaction may write. */
export const transactionWriteBytes = 16_777_216;
/** Writes that one transaction may make. */
export const transactionWriteDocuments = 16_000;
