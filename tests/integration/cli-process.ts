import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { testApp } from "../deployment.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** The file that npm links as `bothy`. */
export const bothyBin: string = join(root, "packages/bothy-server/bin/bothy.js");

/** A command of Bothy's while it runs. */
export interface RunningBothy {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** Resolves once what it has written, either stream, contains a text; rejects if it ends without. */
  waitFor(text: string): Promise<void>;
  signal(name: NodeJS.Signals): void;
  /** Its exit code; the name of the signal if one ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly nodeOptions?: readonly string[];
  /** Another command line than the repository's. */
  readonly bin?: string;
  /** In a group of processes of its own, which a signal may reach as a whole. */
  readonly isOwnGroup?: boolean;
}

const started = new Set<ChildProcess>();

/** Starts the command line without a terminal. */
export function startBothy(args: readonly string[], options: StartOptions = {}): RunningBothy {
  const env = { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "", ...options.env };
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), options.bin ?? bothyBin, ...args], {
    env,
    detached: options.isOwnGroup ?? false,
  });
  started.add(child);
  let stdout = "";
  let stderr = "";
  let waiters: (() => void)[] = [];
  let hasEnded = false;
  const wake = (): void => {
    const woken = waiters;
    waiters = [];
    for (const waiter of woken) waiter();
  };
  child.stdout.on("data", (piece: Buffer) => ((stdout += piece.toString()), wake()));
  child.stderr.on("data", (piece: Buffer) => ((stderr += piece.toString()), wake()));
  child.stdin.end(options.input ?? "");
  const ended = new Promise<number | NodeJS.Signals>((resolve) => {
    child.once("close", (code, signal) => {
      started.delete(child);
      hasEnded = true;
      resolve(code ?? signal ?? -1);
      wake();
    });
  });
  return {
    pid: child.pid ?? 0,
    stdout: () => stdout,
    stderr: () => stderr,
    waitFor: async (text) => {
      while (!`${stdout}${stderr}`.includes(text)) {
        if (hasEnded) throw new Error(`It ended without "${text}":\n${stdout}${stderr}`);
        await new Promise<void>((resolve) => waiters.push(resolve));
      }
    },
    signal: (name) => void child.kill(name),
    ended,
  };
}

/** Runs a command to its end. */
export async function runBothy(
  args: readonly string[],
  options: StartOptions = {},
): Promise<{ readonly code: number | NodeJS.Signals; readonly stdout: string; readonly stderr: string }> {
  const running = startBothy(args, options);
  const code = await running.ended;
  return { code, stdout: running.stdout(), stderr: running.stderr() };
}

/** Ends what a test left running. */
export async function endAll(): Promise<void> {
  const ends = [...started].map((child) => new Promise((resolve) => child.once("close", resolve)));
  for (const child of started) child.kill("SIGKILL");
  await Promise.all(ends);
}

/** A copy of the test app that a test may change. */
export interface Project {
  readonly folder: string;
  readonly dataFolder: string;
  /** Writes a file below the project's folder. */
  write(path: string, text: string): void;
  remove(): void;
}

const notCopied: ReadonlySet<string> = new Set(["hostile.ts", ".bothy", "dist"]);

/** Lays out a copy of the test app where it finds the built packages. */
export function makeProject(): Project {
  mkdirSync(join(root, "test-results"), { recursive: true });
  const folder = mkdtempSync(join(root, "test-results", "cli-"));
  cpSync(testApp, folder, { recursive: true, filter: (path) => !notCopied.has(basename(path)) });
  return {
    folder,
    dataFolder: join(folder, ".bothy"),
    write: (path, text) => {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The error that a command printed with `--json`. */
export function errorIn(stderr: string): { readonly code: string; readonly message: string; readonly fix?: string } {
  const line = stderr.split("\n").findLast((one) => one.startsWith('{"error"')) ?? "{}";
  const parsed = JSON.parse(line) as { error?: { code: string; message: string; fix?: string } };
  if (parsed.error === undefined) throw new Error(`no error was printed:\n${stderr}`);
  return parsed.error;
}

/** The address that `start` or `dev` printed with `--json`. */
export function urlIn(stdout: string): string {
  return (JSON.parse(stdout) as { url: string }).url;
}
