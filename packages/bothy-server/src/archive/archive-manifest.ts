import { v } from "bothy/internal";
import type { Validator } from "bothy/internal";

/** The format that this code writes and reads. */
export const archiveFormat = 1;

/** One table of an archive. */
export interface ArchiveTable {
  readonly name: string;
  readonly documents: number;
  /** Of its file. */
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** What an archive says of itself. */
export interface ArchiveManifest {
  readonly format: number;
  /** The server and the version that the documents are from. */
  readonly server: string;
  readonly version: number;
  readonly schemaSha256: string;
  readonly tables: readonly ArchiveTable[];
}

/** Tells whether something is a manifest, of whatever format. */
export const manifestValidator: Validator = v.object({
  format: v.number(),
  server: v.string(),
  version: v.number(),
  schemaSha256: v.string(),
  tables: v.array(v.object({ name: v.string(), documents: v.number(), sizeBytes: v.number(), sha256: v.string() })),
});

/** The names of the files in an archive; there are no others. */
export const archiveNames = {
  manifest: "manifest.json",
  schema: "schema.json",
  documentsOf: (table: string): string => `${table}/documents.jsonl`,
} as const;
