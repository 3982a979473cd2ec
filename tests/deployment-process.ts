import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort } from "./free-port.ts";

const here = dirname(fileURLToPath(import.meta.url));
const bin = join(dirname(here), "packages/bothy-server/bin/bothy.js");

/** The app of the suites. */
export const testApp: string = join(here, "app");

/** A server process of the built `bothy start` and the folder that it keeps. */
export interface Deployment {
  readonly url: string;
  readonly folder: string;
  readonly pid: number;
  /** Resolves with its exit code once it has ended; null: a signal ended it. */
  readonly ended: Promise<number | null>;
  /** What it said so far, both streams. */
  output(): string;
  /** Calls a function with the admin key; throws the error's text. */
  run(name: string, args: object): Promise<unknown>;
  /** Ends it as a power cut would end the process. */
  kill(): Promise<void>;
  /** Asks it to stop; resolves with its exit code. */
  stop(): Promise<number | null>;
}

export interface ProcessOptions {
  readonly app?: string;
  readonly folder: string;
  readonly port?: number;
  readonly args?: readonly string[];
  /** A program that runs it, with its own arguments, such as one that makes system calls fail. */
  readonly under?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a server and resolves when it answers; fails with what it said if it ends instead. */
export async function startProcess(options: ProcessOptions): Promise<Deployment> {
  const { folder } = options;
  const port = options.port ?? (await freePort());
  const args = ["--json", "start", "--project-dir", options.app ?? testApp, "--folder", folder, "--port", String(port)];
  const words = [...(options.under ?? []), process.execPath, bin, ...args, ...(options.args ?? [])];
  const env = { ...process.env, ...options.env };
  const child = spawn(words[0] ?? "", words.slice(1), { stdio: ["ignore", "pipe", "pipe"], env });
  let output = "";
  child.stderr.on("data", (piece: Buffer) => (output += piece.toString()));
  const exited = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  await ready(
    child,
    (piece) => (output += piece),
    () => output,
  );
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    folder,
    pid: child.pid ?? 0,
    ended: exited,
    output: () => output,
    run: async (name, callArgs) => runAsAdmin(url, folder, { name, args: callArgs }),
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
    stop: async () => {
      child.kill("SIGTERM");
      return exited;
    },
  };
}

/** Runs the command line and resolves with what it printed. */
export async function runCommand(
  args: readonly string[],
  input?: string,
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [bin, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (piece: Buffer) => (stdout += piece.toString()));
  child.stderr.on("data", (piece: Buffer) => (stderr += piece.toString()));
  child.stdin.end(input ?? "");
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

function ready(child: ChildProcess, onOutput: (piece: string) => void, output: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (piece: Buffer) => {
      onOutput(piece.toString());
      resolve();
    });
    child.once("exit", (code) => reject(new Error(`The server ended with ${String(code)}:\n${output()}`)));
  });
}

async function runAsAdmin(url: string, folder: string, call: object): Promise<unknown> {
  const key = (await readFile(join(folder, "admin-key"), "utf8")).trim();
  const response = await fetch(`${url}/api/admin/run`, {
    method: "POST",
    headers: { authorization: `Bothy ${key}`, "content-type": "application/json" },
    body: JSON.stringify(call),
  });
  const answer: unknown = await response.json();
  if (typeof answer === "object" && answer !== null && "value" in answer) return answer.value;
  throw new Error(JSON.stringify(answer));
}
