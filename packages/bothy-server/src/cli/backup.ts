import { join, resolve } from "node:path";
import type { World } from "../base/index.ts";
import { BackupSession, followLog } from "../backup/index.ts";
import type { BackupSource, Shipped } from "../backup/index.ts";
import { openBackupTarget } from "./backup-target.ts";
import { worldOf } from "./options.ts";
import type { TargetOptions } from "./options.ts";
import type { Output } from "./output.ts";
import { sizeText } from "./size-text.ts";
import { listenForStop } from "./signals.ts";

export interface BackupOptions extends TargetOptions {
  readonly follow?: boolean;
}

/** Ships what is new in a log into a folder or a bucket, once or until it is asked to stop. */
export async function backup(name: string, options: BackupOptions, output: Output): Promise<void> {
  const world = worldOf(output);
  const folder = resolve(options.folder ?? join(resolve(options.projectDir), ".bothy"));
  const target = await openBackupTarget(name, { disk: world.disk, env: process.env, folder });
  const source: BackupSource = { world, folder, target };
  const startedMs = world.clock.monotonicMs();
  const tally = createTally(output);
  const version =
    options.follow === true ? await follow(source, { world, output, tally }) : await shipOnce(source, tally);
  const seconds = (world.clock.monotonicMs() - startedMs) / 1_000;
  const { sizeBytes } = tally;
  if (output.isJson) output.print(JSON.stringify({ target: target.title, version, shippedBytes: sizeBytes }));
  else
    output.say(
      `${target.title} holds the versions 1 to ${version}; ${sizeText(sizeBytes)} of them were shipped now (${seconds.toFixed(1)} s).`,
    );
}

interface Tally {
  sizeBytes: number;
  add(shipped: Shipped): void;
}

const toldEveryBytes = 64 * 1_048_576;

/** Counts what is shipped, and tells of it now and then. */
function createTally(output: Output): Tally {
  let told = 0;
  const tally = {
    sizeBytes: 0,
    add: ({ sizeBytes, version }: Shipped) => {
      tally.sizeBytes += sizeBytes;
      if (tally.sizeBytes - told < toldEveryBytes) return;
      told = tally.sizeBytes;
      output.say(`Shipped ${sizeText(tally.sizeBytes)}, up to version ${version}.`);
    },
  };
  return tally;
}

async function shipOnce(source: BackupSource, tally: Tally): Promise<number> {
  const session = await BackupSession.open(source);
  // What is written meanwhile is the next run's, so that a busy server does not keep this one for ever.
  let left = await session.bytesBehind();
  while (left > 0) {
    const shipped = await session.ship();
    if (shipped === undefined) break;
    left -= shipped.sizeBytes;
    tally.add(shipped);
  }
  await session.close();
  return session.version;
}

async function follow(
  source: BackupSource,
  { world, output, tally }: { readonly world: World; readonly output: Output; readonly tally: Tally },
): Promise<number> {
  const stop = listenForStop();
  let version = 0;
  let isAway = false;
  await followLog({
    clock: world.clock,
    stop,
    open: async (isContinued) => {
      const session = await BackupSession.open(source, { isContinued });
      version = session.version;
      if (!isContinued) output.say(`Following ${source.folder}; Ctrl-C ends it with everything shipped.`);
      return session;
    },
    onShipped: (shipped) => {
      version = shipped.version;
      tally.add(shipped);
    },
    onCurrent: () => {
      if (isAway) output.say(`${source.target.title} is current again: version ${version}.`);
      isAway = false;
    },
    onAway: (error, { bytes, retryMs }) => {
      isAway = true;
      const behind = bytes === undefined ? "" : ` ${sizeText(bytes)} wait to be shipped.`;
      output.say(`${error.message}${behind} Trying again in ${retryMs / 1_000} s.`);
    },
  });
  return version;
}
