import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "../tests/free-port.ts";

const here = dirname(fileURLToPath(import.meta.url));
/** The workspace. */
export const root = dirname(here);

/** A server under measurement. */
export interface Subject {
  readonly port: number;
  readonly pid: number;
  /** Processor time of the process and its children so far, in milliseconds. */
  cpuMs(): number;
  /** Resident memory of the process and its children, in bytes; what they share is counted in each. */
  residentBytes(): number;
  /** The part of it that belongs to each alone: not the programs and files that processes share. */
  ownBytes(): number;
  stop(): Promise<void>;
}

/** Starts the floor: bare sockets, one file, group sync. */
export async function startFloor(folder: string, syncDelayMs: number): Promise<Subject> {
  const child = spawn(
    process.execPath,
    [join(here, "floor/server.mjs"), join(folder, "floor.log"), String(syncDelayMs)],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const line = await firstLine(child);
  return subjectOf(child, Number(line));
}

/** Starts a server on an app's folder: the production server, or that of development. */
export async function startBothy(
  app: string,
  folder: string,
  {
    command = "start",
    args = [],
    workspace = root,
  }: { readonly command?: "start" | "dev"; readonly args?: readonly string[]; readonly workspace?: string } = {},
): Promise<Subject> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [
      join(workspace, "packages/bothy-server/bin/bothy.js"),
      ...["--json", command, "--project-dir", app, "--folder", folder, "--port", String(port)],
      ...["--log-level", "error", ...args],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  await firstLine(child);
  return subjectOf(child, port);
}

/** What the world of a server under measurement differs in. */
export interface WorldRequest {
  readonly app: string;
  readonly folder: string;
  /** Every sync takes so much longer. */
  readonly syncDelayMs?: number;
  /** Options of Node for the function processes. */
  readonly childOptions?: readonly string[];
}

/** Starts the production server in another world. */
export async function startWorldServer(request: WorldRequest, nodeOptions: readonly string[] = []): Promise<Subject> {
  const args = [...nodeOptions, join(here, "world-server.mjs"), JSON.stringify(request)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  return subjectOf(child, Number(await firstLine(child)));
}

/** Milliseconds from the start of a Node that loads nothing until it has said a word. */
export async function runBareNode(): Promise<number> {
  const started = performance.now();
  const child = spawn(process.execPath, ["-e", "console.log('ready')"], { stdio: ["ignore", "pipe", "inherit"] });
  await firstLine(child);
  return performance.now() - started;
}

/** Runs a load generator in a process of its own and returns the JSON that it prints. */
export async function runLoad(script: string, request: object): Promise<Record<string, number>> {
  const child = spawn(process.execPath, ["--import", "tsx", join(here, "load", script), JSON.stringify(request)], {
    stdio: ["ignore", "pipe", "inherit"],
    cwd: root,
  });
  let output = "";
  child.stdout.on("data", (piece: Buffer) => (output += piece.toString()));
  const code = await new Promise((resolve) => child.once("exit", resolve));
  if (code !== 0) throw new Error(`${script} ended with ${String(code)}: ${output}`);
  const parsed: Record<string, number> = JSON.parse(output);
  return parsed;
}

function subjectOf(child: ChildProcess, port: number): Subject {
  const pid = child.pid ?? 0;
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    port,
    pid,
    cpuMs: () => familyCpuMs(pid),
    residentBytes: () => sum(familyOf(pid), residentBytesOf),
    ownBytes: () => sum(familyOf(pid), ownBytesOf),
    stop: async () => {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout?.once("data", (piece: Buffer) => resolve(piece.toString().trim()));
    child.once("exit", (code) => reject(new Error(`The process ended with ${String(code)} before it was ready.`)));
  });
}

function familyOf(pid: number): number[] {
  return [pid, ...childrenOf(pid).flatMap(familyOf)];
}

/** The processes that a process has started. */
export function childrenOf(pid: number): number[] {
  return read(`/proc/${pid}/task/${pid}/children`).trim().split(" ").filter(Boolean).map(Number);
}

/** Linux counts processor time in hundredths of a second. */
const millisecondsPerTick = 10;
const pageBytes = 4096;

/** Processor time of a process and its children so far, in milliseconds. */
export function familyCpuMs(pid: number): number {
  return sum(familyOf(pid), ownCpuMs);
}

/** Processor time of a process without its children so far, in milliseconds. */
export function ownCpuMs(pid: number): number {
  const fields = read(`/proc/${pid}/stat`).split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * millisecondsPerTick;
}

function residentBytesOf(pid: number): number {
  return Number(read(`/proc/${pid}/statm`).split(" ")[1] ?? 0) * pageBytes;
}

function ownBytesOf(pid: number): number {
  const found = /^Anonymous:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`));
  return Number(found?.[1] ?? 0) * 1_024;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // The process has ended meanwhile; it counts nothing.
    return "";
  }
}

function sum(pids: readonly number[], of: (pid: number) => number): number {
  return pids.reduce((total, pid) => total + of(pid), 0);
}
