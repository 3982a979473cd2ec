import * as fs from "node:fs/promises";
import { join } from "node:path";
import { BothyError } from "bothy/internal";
import { diskError, systemCode } from "./disk-error.ts";

/** Who holds a folder. A process id alone is used again; with boot and start time it names one process. */
interface Holder {
  readonly pid: number;
  /** Boot and start time of the process, where the system tells them. */
  readonly started: string;
}

const attemptsMax = 100;
const attemptPauseMs = 10;
/** Removing a stale lock takes no time; who has not finished by then has ended in the middle. */
const removalMaxMs = 10_000;
let candidateCount = 0;

/**
 * Takes a folder for this process. The lock is a file that appears whole (a hard link of one already written), so nobody
 * reads half of it. A lock whose process has ended is removed by one at a time, who looks at it once more before.
 */
export async function lockFolder(folder: string): Promise<{ release(): Promise<void> }> {
  const path = join(folder, "lock");
  const candidate = join(folder, `lock.${process.pid}.${++candidateCount}`);
  const text = JSON.stringify({ pid: process.pid, started: (await startOf(process.pid)) ?? "" } satisfies Holder);
  try {
    await fs.writeFile(candidate, text, { mode: 0o600 });
    await takeLock(path, candidate, folder);
  } catch (cause) {
    if (cause instanceof BothyError) throw cause;
    throw diskError(cause, path, "lock");
  } finally {
    await fs.rm(candidate, { force: true });
  }
  return { release: () => fs.rm(path, { force: true }) };
}

async function takeLock(path: string, candidate: string, folder: string): Promise<void> {
  let holderText: string | undefined;
  for (let attempt = 0; attempt < attemptsMax; attempt++) {
    if (await linkedNew(candidate, path)) return;
    holderText = await textOf(path);
    if (holderText === undefined) continue;
    const holder = parseHolder(holderText);
    if (holder !== undefined && (await isAlive(holder))) throw lockedBy(holder, folder);
    if (!(await removedStale(path, candidate, holderText)))
      await new Promise((resolve) => setTimeout(resolve, attemptPauseMs));
  }
  throw new BothyError("folder_locked", {
    message: `Other processes are taking the data folder ${folder} at this moment (${holderText ?? "unknown"}).`,
    fix: "Start one Bothy at a time on a data folder.",
  });
}

async function linkedNew(candidate: string, path: string): Promise<boolean> {
  try {
    await fs.link(candidate, path);
    return true;
  } catch (cause) {
    if (systemCode(cause) === "EEXIST") return false;
    throw cause;
  }
}

/** False when another process is removing it. Whoever holds the guard is the only one that removes. */
async function removedStale(path: string, candidate: string, staleText: string): Promise<boolean> {
  const guard = `${path}.removal`;
  if (!(await linkedNew(candidate, guard))) {
    const found = await fs.stat(guard).catch(() => undefined);
    // Its time is that of the candidate, which was written a moment before.
    if (found !== undefined && Date.now() - found.mtimeMs > removalMaxMs) await fs.rm(guard, { force: true });
    return false;
  }
  try {
    if ((await textOf(path)) === staleText) await fs.rm(path, { force: true });
    return true;
  } finally {
    await fs.rm(guard, { force: true });
  }
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await fs.readFile(path, "utf8");
  } catch (cause) {
    if (systemCode(cause) === "ENOENT") return undefined;
    throw cause;
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(text);
    if (typeof holder !== "object" || holder === null) return undefined;
    if (!("pid" in holder) || typeof holder.pid !== "number" || !Number.isSafeInteger(holder.pid) || holder.pid <= 0)
      return undefined;
    return {
      pid: holder.pid,
      started: "started" in holder && typeof holder.started === "string" ? holder.started : "",
    };
  } catch {
    // A power loss may leave the file empty; no process that lives wrote it.
    return undefined;
  }
}

async function isAlive(holder: Holder): Promise<boolean> {
  try {
    process.kill(holder.pid, 0);
  } catch (cause) {
    if (systemCode(cause) !== "EPERM") return false;
  }
  const started = await startOf(holder.pid);
  return started === undefined || holder.started === "" || started === holder.started;
}

async function startOf(pid: number): Promise<string | undefined> {
  try {
    const boot = (await fs.readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
    const stat = await fs.readFile(`/proc/${pid}/stat`, "utf8");
    // The name in parentheses may hold anything; the start time is the 20th field after it.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A process that has ended and that its parent has not noticed holds nothing any more.
    if (fields[0] === "Z" || fields[0] === "X") return "ended";
    return `${boot}:${fields[19] ?? ""}`;
  } catch {
    // No /proc on this system: the process id has to do.
    return undefined;
  }
}

function lockedBy(holder: Holder, folder: string): BothyError {
  return new BothyError("folder_locked", {
    message: `The data folder ${folder} is in use by process ${holder.pid}.`,
    fix: `Stop process ${holder.pid}, or give this one a data folder of its own.`,
    details: { pid: holder.pid, folder },
  });
}
