import { createHash } from "node:crypto";
import { schemaFromJson, schemaToJson } from "bothy/internal";
import type { ZipWriter } from "../base/index.ts";
import { archiveFormat, archiveNames } from "./archive-manifest.ts";
import type { ArchiveManifest, ArchiveTable } from "./archive-manifest.ts";
import { readExport } from "./read-export.ts";
import type { ExportedTable } from "./read-export.ts";

/** Writes the lines of an export into a ZIP file, its manifest last. The caller finishes or abandons the file. */
export async function writeArchive(
  zip: ZipWriter,
  lines: AsyncIterable<string>,
  onTable: (table: ArchiveTable) => void,
): Promise<ArchiveManifest> {
  const { head, tables } = await readExport(lines);
  // Read and written once, so that what stands there is what this version reads.
  const schema = new TextEncoder().encode(`${JSON.stringify(schemaToJson(schemaFromJson(head.schema)), null, 2)}\n`);
  await zip.add(archiveNames.schema, once(schema));
  const written: ArchiveTable[] = [];
  for await (const table of tables()) {
    const done = await writeTable(zip, table);
    written.push(done);
    onTable(done);
  }
  const { server, version } = head;
  const schemaSha256 = createHash("sha256").update(schema).digest("hex");
  const manifest: ArchiveManifest = { format: archiveFormat, server, version, schemaSha256, tables: written };
  await zip.add(archiveNames.manifest, once(new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`)));
  return manifest;
}

async function writeTable(zip: ZipWriter, { name, documents }: ExportedTable): Promise<ArchiveTable> {
  const hash = createHash("sha256");
  let [count, sizeBytes] = [0, 0];
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for await (const text of linesTogether(documents(), () => count++)) {
      const bytes = new TextEncoder().encode(text);
      hash.update(bytes);
      sizeBytes += bytes.length;
      yield bytes;
    }
  }
  await zip.add(archiveNames.documentsOf(name), pieces());
  return { name, documents: count, sizeBytes, sha256: hash.digest("hex") };
}

const pieceCharacters = 64 * 1024;

async function* linesTogether(texts: AsyncIterable<string>, onLine: () => void): AsyncGenerator<string> {
  let piece = "";
  for await (const text of texts) {
    onLine();
    piece += `${text}\n`;
    if (piece.length < pieceCharacters) continue;
    yield piece;
    piece = "";
  }
  if (piece !== "") yield piece;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
