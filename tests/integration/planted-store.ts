import { join } from "node:path";
import { crc32 } from "node:zlib";
import { open } from "lmdb";

/** A store of a stopped server, opened behind its back. Values are written as the engine writes them, checksum included. */
export interface PlantedStore {
  /** All entries whose key begins with a text. */
  entries(prefix: string): readonly (readonly [key: string, value: string])[];
  put(key: string, value: string): void;
  remove(key: string): void;
}

const checksumBytes = 4;

/** Changes the store of a data folder that no server holds. */
export async function plant(folder: string, change: (store: PlantedStore) => void): Promise<void> {
  const path = join(folder, "store");
  const env = open<Buffer, Buffer>({ path, noSubdir: false, encoding: "binary", keyEncoding: "binary", maxDbs: 1 });
  const bytesOf = (key: string): Buffer => Buffer.from(key, "latin1");
  await env.transaction(() => {
    change({
      entries: (prefix) =>
        Array.from(env.getRange({ start: bytesOf(prefix), end: bytesOf(`${prefix}\xff`) }), ({ key, value }) => [
          key.toString("latin1"),
          value.toString("utf8", 0, value.length - checksumBytes),
        ]),
      put: (key, value) => {
        const content = Buffer.concat([bytesOf(key), Buffer.from(value, "utf8")]);
        const sum = Buffer.alloc(checksumBytes);
        sum.writeUInt32LE(crc32(content));
        void env.put(bytesOf(key), Buffer.concat([Buffer.from(value, "utf8"), sum]));
      },
      remove: (key) => void env.remove(bytesOf(key)),
    });
  });
  await env.close();
}
