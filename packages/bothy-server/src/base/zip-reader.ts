import { BothyError } from "bothy/internal";
import type { Entry, ZipFile } from "yauzl";

/** One file in a ZIP file, as its directory describes it. Nothing of it has been read. */
export interface ZipEntry {
  /** Never to be used as a path. */
  readonly name: string;
  /** Bytes that it says to have; reading it fails as soon as there are others. */
  readonly sizeBytes: number;
  readonly packedBytes: number;
  /** False for folders, links, devices, and what is encrypted or packed in a way that is not known. */
  readonly isPlainFile: boolean;
  read(): AsyncIterable<Uint8Array>;
}

/** A ZIP file that is open for reading. */
export interface ZipReader {
  readonly sizeBytes: number;
  readonly entries: readonly ZipEntry[];
  close(): void;
}

/** Opens a ZIP file and reads its directory; whatever is wrong with it is `import_invalid`. */
export async function openZip(path: string, entriesMax: number): Promise<ZipReader> {
  // Loaded when first needed: only imports read archives.
  const { openPromise } = await import("yauzl");
  let zip: ZipFile;
  try {
    zip = await openPromise(path, { strictFileNames: true, validateEntrySizes: true, autoClose: false });
  } catch (cause) {
    throw notReadable(path, cause);
  }
  try {
    if (zip.entryCount > entriesMax) throw new Error(`it says to hold ${zip.entryCount} files`);
    const entries: ZipEntry[] = [];
    for await (const entry of zip.eachEntry()) entries.push(describe(path, zip, entry));
    return { sizeBytes: zip.fileSize, entries, close: () => zip.close() };
  } catch (cause) {
    zip.close();
    throw notReadable(path, cause);
  }
}

const plainMethods: ReadonlySet<number> = new Set([0, 8]);
const fileKindMask = 0o170000;
const plainKinds: ReadonlySet<number> = new Set([0, 0o100000]);

function describe(path: string, zip: ZipFile, entry: Entry): ZipEntry {
  // Systems keep what a file is in the upper half of these attributes; 0 says nothing.
  const kind = (entry.externalFileAttributes >>> 16) & fileKindMask;
  return {
    name: entry.fileName,
    sizeBytes: entry.uncompressedSize,
    packedBytes: entry.compressedSize,
    isPlainFile:
      plainKinds.has(kind) &&
      !entry.fileName.endsWith("/") &&
      !entry.isEncrypted() &&
      plainMethods.has(entry.compressionMethod),
    read: () => readEntry(path, zip, entry),
  };
}

async function* readEntry(path: string, zip: ZipFile, entry: Entry): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of await zip.openReadStreamPromise(entry)) yield piece as Buffer;
  } catch (cause) {
    throw notReadable(path, cause);
  }
}

function notReadable(path: string, cause: unknown): BothyError {
  return new BothyError("import_invalid", {
    message: `The archive ${path} can't be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
    fix: "Take an archive that bothy export wrote, whole and unchanged. Nothing was imported.",
    cause,
  });
}
