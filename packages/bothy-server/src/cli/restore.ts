import { resolve } from "node:path";
import { describeBackup, restoreBackup } from "../backup/index.ts";
import type { BackupTarget } from "../backup/index.ts";
import { openBackupTarget } from "./backup-target.ts";
import { worldOf } from "./options.ts";
import type { Output } from "./output.ts";
import { sizeText } from "./size-text.ts";
import { missingOption } from "./usage-error.ts";

export interface RestoreCommandOptions {
  readonly folder?: string;
  readonly upTo?: number;
  readonly list?: boolean;
}

/** Makes a new data folder from a backup, or lists what the backup holds. */
export async function restore(name: string, options: RestoreCommandOptions, output: Output): Promise<void> {
  const world = worldOf(output);
  const source = await openBackupTarget(name, { disk: world.disk, env: process.env });
  if (options.list === true) return await list(source, output);
  if (options.folder === undefined) throw missingOption("--folder <folder>", "the new data folder");
  const folder = resolve(options.folder);
  let told = 0;
  const restored = await restoreBackup({
    world,
    source,
    folder,
    ...(options.upTo === undefined ? {} : { version: options.upTo }),
    onPiece: (done) => {
      if (done - told < toldEveryBytes) return;
      told = done;
      output.say(`Read ${sizeText(done)}.`);
    },
  });
  if (output.isJson) return output.print(JSON.stringify({ folder, ...restored }));
  output.say(
    `Restored the versions 1 to ${restored.version} (${sizeText(restored.sizeBytes)}, verified) into ${folder}.`,
  );
  output.say("Start the server with it: bothy start --folder <that folder>. It gets an admin key of its own.");
}

const toldEveryBytes = 64 * 1_048_576;

async function list(source: BackupTarget, output: Output): Promise<void> {
  const { server, version, sizeBytes, points } = await describeBackup(source);
  const times = points.map((point) => ({ version: point.version, shipped: new Date(point.atMs).toISOString() }));
  if (output.isJson) return output.print(JSON.stringify({ server, version, sizeBytes, points: times }));
  output.print(`Server ${server}, versions 1 to ${version}, ${sizeText(sizeBytes)}`);
  for (const { version: to, shipped } of times) output.print(`${shipped}  up to version ${to}`);
}
