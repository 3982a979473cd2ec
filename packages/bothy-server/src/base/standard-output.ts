import { once } from "node:events";
import { systemCode } from "./disk-error.ts";

/** Writes to this process's standard output, no faster than it is read; false when nobody reads it any more. */
export async function writeStandardOutput(text: string): Promise<boolean> {
  try {
    if (!process.stdout.write(text)) await once(process.stdout, "drain");
    return !process.stdout.destroyed;
  } catch (cause) {
    // Whoever read has seen enough (`| head`).
    if (systemCode(cause) === "EPIPE") return false;
    throw cause;
  }
}
