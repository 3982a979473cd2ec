import { createWriteStream } from "node:fs";
import * as fs from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { diskError } from "./disk-error.ts";

/** A ZIP file while it is written. */
export interface ZipWriter {
  /** Adds a file made of pieces, which are asked for as they are written; one at a time. */
  add(name: string, pieces: AsyncIterable<Uint8Array>): Promise<void>;
  /** Completes the file, syncs it and gives it its name. */
  finish(): Promise<void>;
  /** Removes what has been written. */
  abandon(): Promise<void>;
}

/** Begins a ZIP file, readable by its owner only; under its name nothing appears before it is whole. */
export async function openZipWriter(path: string): Promise<ZipWriter> {
  // Loaded when first needed: only exports write archives.
  const { ZipFile } = await import("yazl");
  const temporary = `${path}.${process.pid}.partial`;
  const zip = new ZipFile();
  const output = createWriteStream(temporary, { mode: 0o600, flags: "wx", flush: true });
  const written = new Promise<void>((resolve, reject) => {
    output.once("close", resolve);
    output.once("error", (cause) => reject(diskError(cause, path, "write")));
  });
  // Whoever adds or finishes hears of it; until then nobody is waiting.
  written.catch(() => undefined);
  zip.outputStream.pipe(output);
  return {
    add: async (name, pieces) => {
      const source = Readable.from(pieces, { objectMode: false });
      const read = new Promise<void>((resolve, reject) => {
        source.once("end", resolve);
        source.once("error", reject);
      });
      zip.addReadStream(source, name, { mode: 0o100600 });
      await Promise.race([read, written.then(() => read)]);
    },
    finish: async () => {
      zip.end();
      await written;
      await fs.rename(temporary, path);
      const folder = await fs.open(dirname(path), "r");
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
    },
    abandon: async () => {
      output.destroy();
      await written.catch(() => undefined);
      await fs.rm(temporary, { force: true });
    },
  };
}
