import { join } from "node:path";
import type { Disk } from "../base/index.ts";

/** Where the server of a data folder answers, for commands on the same machine. */
export interface Address {
  readonly url: string;
}

const fileName = "server.json";

/** Leaves the address in the data folder, readable by its owner only. */
export async function writeAddress(disk: Disk, folder: string, address: Address): Promise<void> {
  await disk.writeAtomic(join(folder, fileName), new TextEncoder().encode(JSON.stringify(address)), 0o600);
}

/** The address of the folder's server if one wrote it; the server may have ended since. */
export async function readAddress(disk: Disk, folder: string): Promise<Address | undefined> {
  const bytes = await disk.read(join(folder, fileName));
  if (!bytes) return undefined;
  try {
    const found: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof found === "object" && found !== null && "url" in found && typeof found.url === "string") {
      return { url: found.url };
    }
    return undefined;
  } catch {
    // Half written or not ours: it tells nothing, as if there were none.
    return undefined;
  }
}

/** Removes the address when the server has stopped. */
export async function removeAddress(disk: Disk, folder: string): Promise<void> {
  await disk.remove(join(folder, fileName));
}
