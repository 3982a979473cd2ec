import { createHash } from "node:crypto";
import { BothyError, limits } from "bothy/internal";
import { openZip } from "../base/index.ts";
import type { ZipEntry, ZipReader } from "../base/index.ts";
import { archiveFormat, archiveNames, manifestValidator } from "./archive-manifest.ts";
import type { ArchiveManifest, ArchiveTable } from "./archive-manifest.ts";

/** An archive whose directory, manifest and schema have been checked; its documents are checked as they are read. */
export interface Archive {
  readonly manifest: ArchiveManifest;
  /** The documents of a table of the manifest with their lines; fails at the end if they are not what the manifest says. */
  documents(table: ArchiveTable): AsyncGenerator<{ readonly line: number; readonly text: string }>;
  close(): void;
}

/** A manifest and a schema of as many tables as there can be. */
const smallFileBytesMax = 16 * 1_048_576;
/** What unpacks to more than this many times its size, and to more than this, is no export but a bomb. */
const unpackedTimesMax = 200;
const unpackedFreeBytes = 64 * 1_048_576;
/** A document of the largest size, with everything in it escaped. */
const lineBytesMax = 8 * limits.documentSizeBytes;

/** Opens an archive for reading; whatever is wrong with it is `import_invalid`. */
export async function openArchive(path: string): Promise<Archive> {
  const zip = await openZip(path, limits.tablesMax + 2);
  try {
    const entryByName = judgeEntries(path, zip);
    const manifest = await readManifest(path, entryByName);
    return {
      manifest,
      documents: (table) => readTable(path, getEntry(path, entryByName, archiveNames.documentsOf(table.name)), table),
      close: zip.close,
    };
  } catch (error) {
    zip.close();
    throw error;
  }
}

/** All that can be said before anything is unpacked. Names are looked up and never become paths. */
function judgeEntries(path: string, { entries, sizeBytes }: ZipReader): ReadonlyMap<string, ZipEntry> {
  const entryByName = new Map<string, ZipEntry>();
  let [packed, unpacked] = [0, 0];
  for (const entry of entries) {
    if (entryByName.has(entry.name)) throw refused(path, `it holds ${JSON.stringify(entry.name)} twice`);
    if (!entry.isPlainFile) throw refused(path, `${JSON.stringify(entry.name)} in it is no plain file`);
    entryByName.set(entry.name, entry);
    packed += entry.packedBytes;
    unpacked += entry.sizeBytes;
  }
  if (packed > sizeBytes) throw refused(path, "files in it overlap");
  if (unpacked > Math.max(unpackedFreeBytes, unpackedTimesMax * sizeBytes))
    throw refused(path, `it would unpack to ${unpacked} bytes`);
  return entryByName;
}

async function readManifest(path: string, entryByName: ReadonlyMap<string, ZipEntry>): Promise<ArchiveManifest> {
  const text = await readSmall(path, getEntry(path, entryByName, archiveNames.manifest));
  const manifest = parseManifest(path, text);
  const schema = await readSmall(path, getEntry(path, entryByName, archiveNames.schema));
  if (createHash("sha256").update(schema).digest("hex") !== manifest.schemaSha256)
    throw refused(path, `${archiveNames.schema} is not what the manifest says`);
  for (const table of manifest.tables) {
    const entry = getEntry(path, entryByName, archiveNames.documentsOf(table.name));
    if (entry.sizeBytes !== table.sizeBytes)
      throw refused(path, `${entry.name} has another size than the manifest says`);
  }
  const names = new Set(manifest.tables.map(({ name }) => archiveNames.documentsOf(name)));
  if (names.size < manifest.tables.length) throw refused(path, "its manifest names a table twice");
  const other = [...entryByName.keys()].find(
    (name) => !names.has(name) && name !== archiveNames.manifest && name !== archiveNames.schema,
  );
  if (other !== undefined) throw refused(path, `it holds ${JSON.stringify(other)}, which is no part of an export`);
  return manifest;
}

function parseManifest(path: string, text: string): ArchiveManifest {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch {
    throw refused(path, "its manifest is no JSON");
  }
  if (typeof manifest === "object" && manifest !== null && "format" in manifest && manifest.format !== archiveFormat)
    throw refused(
      path,
      `its format is ${JSON.stringify(manifest.format)}, and this Bothy reads format ${archiveFormat}`,
    );
  if (manifestValidator.check(manifest).length > 0) throw refused(path, "its manifest has another form");
  // Just checked by the validator of this very type.
  return manifest as ArchiveManifest;
}

function getEntry(path: string, entryByName: ReadonlyMap<string, ZipEntry>, name: string): ZipEntry {
  const entry = entryByName.get(name);
  if (entry === undefined) throw refused(path, `it does not hold ${JSON.stringify(name)}`);
  return entry;
}

async function readSmall(path: string, entry: ZipEntry): Promise<string> {
  if (entry.sizeBytes > smallFileBytesMax) throw refused(path, `${entry.name} has ${entry.sizeBytes} bytes`);
  const pieces: Uint8Array[] = [];
  for await (const piece of entry.read()) pieces.push(piece);
  return decode(path, entry.name, Buffer.concat(pieces));
}

async function* readTable(
  path: string,
  entry: ZipEntry,
  table: ArchiveTable,
): AsyncGenerator<{ readonly line: number; readonly text: string }> {
  const hash = createHash("sha256");
  let [rest, line]: [Buffer, number] = [Buffer.alloc(0), 0];
  for await (const piece of entry.read()) {
    hash.update(piece);
    const bytes: Buffer = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece]);
    let at = 0;
    for (let end = bytes.indexOf(10, at); end >= 0; end = bytes.indexOf(10, at)) {
      yield { line: ++line, text: decode(path, `${entry.name}, line ${line}`, bytes.subarray(at, end)) };
      at = end + 1;
    }
    rest = bytes.subarray(at);
    if (rest.length > lineBytesMax) throw refused(path, `${entry.name} has a line that no document has`);
  }
  if (hash.digest("hex") !== table.sha256) throw refused(path, `${entry.name} is not what the manifest says`);
  if (rest.length > 0 || line !== table.documents)
    throw refused(path, `${entry.name} has ${line} documents, and the manifest says ${table.documents}`);
}

function decode(path: string, what: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw refused(path, `${what} is no UTF-8 text`);
  }
}

function refused(path: string, what: string): BothyError {
  return new BothyError("import_invalid", {
    message: `The archive ${path} is not taken: ${what}.`,
    fix: "Take an archive that bothy export wrote, whole and unchanged. Nothing was imported.",
  });
}
