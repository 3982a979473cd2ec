/**
 * Archives: what `bothy export` writes and `bothy import` reads (docs/spec/backup.md).
 *
 * A ZIP file with one folder of JSON lines for each table, the schema and a manifest of counts and hashes, made from the
 * lines of one export and read again piece by piece, in memory that does not grow with it. Opening one trusts nothing:
 * names, kinds and sizes are judged before anything is unpacked, and what is read is checked against the manifest. What
 * documents mean, and whether they fit a table, is left to the caller.
 */
export { archiveNames } from "./archive-manifest.ts";
export type { ArchiveManifest, ArchiveTable } from "./archive-manifest.ts";
export { openArchive } from "./open-archive.ts";
export type { Archive } from "./open-archive.ts";
export { readExport } from "./read-export.ts";
export type { ExportedTable, ExportHead } from "./read-export.ts";
export { writeArchive } from "./write-archive.ts";
