import { once } from "node:events";

/** Writes to this process's standard output, no faster than it is read. */
export async function writeStandardOutput(text: string): Promise<void> {
  if (!process.stdout.write(text)) await once(process.stdout, "drain");
}
