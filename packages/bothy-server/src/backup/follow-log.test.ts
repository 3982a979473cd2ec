import { expect, test } from "vitest";
import { BothyError } from "bothy/internal";
import { BackupSession } from "./backup-session.ts";
import { describeBackup } from "./describe-backup.ts";
import { followLog } from "./follow-log.ts";
import { restoreBackup } from "./restore-backup.ts";
import { openFolderTarget } from "./target.ts";
import type { BackupTarget } from "./target.ts";
import { createTestWorld, filesBelow, TestLog } from "./test-log.ts";
import type { TestWorld } from "./test-log.ts";

interface Following {
  /** Lets everything that is due happen. */
  advance(byMs: number): Promise<void>;
  readonly heard: string[];
  readonly ended: Promise<string>;
  stop(): void;
}

function follow(world: TestWorld, target: BackupTarget): Following {
  const heard: string[] = [];
  let isAsked = false;
  let stop = (): void => undefined;
  const asked = new Promise<void>((resolve) => {
    stop = () => {
      isAsked = true;
      resolve();
    };
  });
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 300; turn++) await Promise.resolve();
  };
  const ended = followLog({
    clock: world.clock,
    open: (isContinued) => BackupSession.open({ world, folder: "/data", target }, { isContinued }),
    stop: { asked, isAsked: () => isAsked },
    onShipped: () => undefined,
    onCurrent: (version) => heard.push(`version ${version}`),
    onAway: (error, { bytes, retryMs }) =>
      heard.push(`${error.code} ${bytes === undefined ? "?" : "behind"} ${retryMs}`),
  }).then(
    () => "ended",
    (error: unknown) => (error instanceof BothyError ? error.code : String(error)),
  );
  return {
    heard,
    ended,
    advance: async (byMs) => {
      await settle();
      world.clock.advance(byMs);
      await settle();
    },
    stop: () => stop(),
  };
}

async function versionIn(world: TestWorld, folder: string): Promise<number> {
  const source = openFolderTarget(world.disk, "/backup");
  return (await restoreBackup({ world, source, folder, onPiece: () => undefined })).version;
}

test("[BK8] what is durable is in the backup before half a second has passed, and at the end everything", async () => {
  const world = createTestWorld();
  const log = await TestLog.open(world);
  await log.append(3);
  const following = follow(world, openFolderTarget(world.disk, "/backup"));
  await following.advance(250);
  await log.append(40);
  await following.advance(250);
  expect(following.heard).toEqual(["version 3", "version 43"]);
  expect(await versionIn(world, "/meanwhile")).toBe(43);
  // The server stops and starts: the log goes on.
  await log.close();
  const again = await TestLog.open(world);
  await again.append(2);
  following.stop();
  expect(await following.ended).toBe("ended");
  expect(await versionIn(world, "/after")).toBe(45);
  // What was replaced by larger pieces is gone.
  const { points } = await describeBackup(openFolderTarget(world.disk, "/backup"));
  expect((await filesBelow(world.disk, "/backup")).filter((path) => path.endsWith(".piece"))).toHaveLength(
    points.length,
  );
});

test("[BK8] a target that is away is tried again at growing intervals, told how far behind it is, and then caught up with", async () => {
  const world = createTestWorld();
  const log = await TestLog.open(world);
  await log.append(3);
  const folder = openFolderTarget(world.disk, "/backup");
  let isAway = false;
  const target: BackupTarget = {
    ...folder,
    read: async (name) => {
      if (isAway) throw new BothyError("server_unreachable", { message: "It is away.", fix: "Wait." });
      return await folder.read(name);
    },
  };
  const following = follow(world, target);
  await following.advance(250);
  isAway = true;
  await log.append(30);
  await following.advance(250);
  for (const delay of [250, 500, 1_000]) await following.advance(delay);
  expect(following.heard).toEqual([
    "version 3",
    "server_unreachable behind 250",
    "server_unreachable behind 500",
    "server_unreachable behind 1000",
    "server_unreachable behind 2000",
  ]);
  isAway = false;
  await following.advance(2_000);
  expect(following.heard.at(-1)).toBe("version 33");
  // Away at the very end: what is not shipped is said.
  isAway = true;
  await log.append(1);
  following.stop();
  for (let retry = 0; retry < 4; retry++) await following.advance(250);
  expect(await following.ended).toBe("server_unreachable");
  isAway = false;
  expect(await versionIn(world, "/new")).toBe(33);
});

test("[BK8] [BK5] a backup folder that vanishes is not begun anew in its place, and another writer ends the following", async () => {
  const world = createTestWorld();
  const log = await TestLog.open(world);
  await log.append(3);
  const target = openFolderTarget(world.disk, "/backup");
  const following = follow(world, target);
  await following.advance(250);
  await world.disk.rename("/backup", "/elsewhere");
  await log.append(1);
  await following.advance(250);
  await following.advance(250);
  expect(following.heard.at(-1)).toBe("server_unreachable behind 500");
  expect(await world.disk.list("/backup")).toEqual([]);
  await world.disk.rename("/elsewhere", "/backup");
  await following.advance(500);
  expect(following.heard.at(-1)).toBe("version 4");
  await BackupSession.open({ world, folder: "/data", target });
  await log.append(1);
  await following.advance(250);
  expect(await following.ended).toBe("folder_locked");
});
