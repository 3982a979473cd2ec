import { BothyError, isBothyError } from "bothy/internal";
import type { World } from "../base/index.ts";
import { rebuildStore } from "./rebuild-store.ts";
import type { OnProgress } from "./schema-change.ts";
import { verifyInChild } from "./verify-in-child.ts";
import type { FolderReport } from "./verify-report.ts";

/** A data folder that is looked at as a whole. */
export interface ExamineOptions {
  readonly world: Pick<World, "clock" | "disk" | "log" | "processes">;
  readonly folder: string;
  readonly onProgress: OnProgress;
}

/** What became of a repair. */
export interface Repair {
  readonly before: FolderReport;
  /** Where the old store stands; undefined if there was none, or nothing was repaired. */
  readonly setAside: string | undefined;
  /** The folder after the repair; undefined if there was nothing to repair, or nothing that can be. */
  readonly after: FolderReport | undefined;
}

/** Verifies a data folder: under its lock, or beside the server that holds it. Changes nothing. */
export async function examineFolder(options: ExamineOptions): Promise<FolderReport> {
  const { world, folder, onProgress } = options;
  await requireFolder(options);
  try {
    const lock = await world.disk.lock(folder);
    try {
      return await verifyInChild(world, { folder, isClosed: true, extent: "whole" }, onProgress);
    } finally {
      await lock.release();
    }
  } catch (error) {
    if (!isBothyError(error) || error.code !== "folder_locked") throw error;
    return await verifyInChild(world, { folder, isClosed: false, extent: "whole" }, onProgress);
  }
}

/** Verifies a data folder and makes its store again if that is what is wrong. The log is never touched. */
export async function repairFolder(options: ExamineOptions): Promise<Repair> {
  const { world, folder, onProgress } = options;
  await requireFolder(options);
  const lock = await world.disk.lock(folder);
  try {
    const before = await verifyInChild(world, { folder, isClosed: true, extent: "whole" }, onProgress);
    const isLogWhole = before.findings.every(({ kind }) => kind !== "log_damaged");
    if (before.findingCount === 0 || !isLogWhole) return { before, setAside: undefined, after: undefined };
    const setAside = await rebuildStore(options);
    return {
      before,
      setAside,
      after: await verifyInChild(world, { folder, isClosed: true, extent: "whole" }, onProgress),
    };
  } finally {
    await lock.release();
  }
}

async function requireFolder({ world, folder }: ExamineOptions): Promise<void> {
  if ((await world.disk.list(`${folder}/log`)).length > 0) return;
  throw new BothyError("not_found", {
    message: `${folder} holds no data: it has no log.`,
    fix: "Run the command in the folder of an app that has been started, or name the data folder with --folder.",
  });
}
