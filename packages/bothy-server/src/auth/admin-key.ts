import { createHash, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { hexOfBytes } from "bothy/internal";
import type { Disk, World } from "../base/index.ts";
import type { Engine } from "../engine/index.ts";

const fileName = "admin-key";
const recordKey = ["adminKey"] as const;
const keyForm = /^bothy_[0-9a-f]{64}$/;

/** The admin key that lies in a data folder, for commands of the folder's owner. */
export async function readAdminKey(disk: Disk, folder: string): Promise<string | undefined> {
  const bytes = await disk.read(join(folder, fileName));
  if (bytes === undefined) return undefined;
  const key = new TextDecoder().decode(bytes).trim();
  return keyForm.test(key) ? key : undefined;
}

/** Tells whether a key is the one whose hash is stored; takes the same time for every wrong key. */
export function verifyAdminKey(engine: Pick<Engine, "readRecord">, key: string): boolean {
  const stored = engine.readRecord(recordKey);
  if (stored === undefined) return false;
  return timingSafeEqual(Buffer.from(hashText(key)), Buffer.from(stored));
}

/**
 * Sees to it that the folder has a key and the deployment its hash. Who may write the folder owns the deployment: a key
 * file that was replaced or removed means a new key.
 */
export async function openAdminKey(parts: {
  readonly world: World;
  readonly engine: Engine;
  readonly folder: string;
}): Promise<void> {
  const { world, engine, folder } = parts;
  let key = await readAdminKey(world.disk, folder);
  if (key === undefined) {
    key = `bothy_${hexOfBytes(world.random.bytes(32))}`;
    await world.disk.writeAtomic(join(folder, fileName), new TextEncoder().encode(`${key}\n`), 0o600);
  }
  if (verifyAdminKey(engine, key)) return;
  const outcome = engine.commit({
    snapshot: engine.version,
    reads: [],
    writes: [],
    records: [{ key: recordKey, text: hashText(key) }],
  });
  if (outcome.kind === "committed") await engine.whenDurable(outcome.version);
}

/** JSON text, as records are. */
function hashText(key: string): string {
  return `"${createHash("sha256").update(key).digest("hex")}"`;
}
