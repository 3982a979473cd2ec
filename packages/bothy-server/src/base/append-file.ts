import { close, constants, fdatasync, fstat, ftruncate, open, write } from "node:fs";
import { promisify } from "node:util";
import { diskError } from "./disk-error.ts";
import type { AppendFile } from "./world.ts";

const openFile = promisify(open);
const closeFile = promisify(close);
const statFile = promisify(fstat);
const truncateFile = promisify(ftruncate);

/** Opens a file for appending, making it (mode 0600) if there is none. */
export async function openAppendFile(path: string): Promise<AppendFile> {
  try {
    const descriptor = await openFile(path, constants.O_CREAT | constants.O_RDWR, 0o600);
    return new NodeAppendFile(path, descriptor, (await statFile(descriptor)).size);
  } catch (cause) {
    throw diskError(cause, path, "open");
  }
}

class NodeAppendFile implements AppendFile {
  readonly #path: string;
  readonly #descriptor: number;
  #sizeBytes: number;

  constructor(path: string, descriptor: number, sizeBytes: number) {
    this.#path = path;
    this.#descriptor = descriptor;
    this.#sizeBytes = sizeBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  append(bytes: Uint8Array): Promise<void> {
    return this.#write(this.#sizeBytes, bytes);
  }

  rewrite(offset: number, bytes: Uint8Array): Promise<void> {
    return this.#write(offset, bytes);
  }

  #write(position: number, bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      // A full disk may take a part and report no error; the next piece then fails with the reason.
      const writeFrom = (offset: number): void => {
        write(this.#descriptor, bytes, offset, bytes.length - offset, position + offset, (cause, written) => {
          if (cause !== null) return reject(diskError(cause, this.#path, "write to"));
          const next = offset + written;
          this.#sizeBytes = Math.max(this.#sizeBytes, position + next);
          if (next === bytes.length) return resolve();
          if (written === 0) return reject(diskError({ code: "ENOSPC" }, this.#path, "write to"));
          writeFrom(next);
        });
      };
      if (bytes.length === 0) return resolve();
      writeFrom(0);
    });
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#descriptor, (cause) =>
        cause === null ? resolve() : reject(diskError(cause, this.#path, "sync")),
      );
    });
  }

  async truncate(sizeBytes: number): Promise<void> {
    try {
      await truncateFile(this.#descriptor, sizeBytes);
      this.#sizeBytes = sizeBytes;
    } catch (cause) {
      throw diskError(cause, this.#path, "truncate");
    }
  }

  async close(): Promise<void> {
    await closeFile(this.#descriptor);
  }
}
