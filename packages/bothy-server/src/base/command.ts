import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";

/** A command of the user's that runs beside the server, on the same terminal. */
export interface RunningCommand {
  /** Resolves with its exit code, or with the error if it could not be started. */
  readonly ended: Promise<number | Error>;
  /** Asks it to end, makes it end if it does not in time, and resolves once it has. */
  stop(): Promise<void>;
}

/** How long a command may take to end after it was asked to. */
const stopGraceMs = 5_000;

/** Starts a command in a folder, programs of its node_modules first; no shell reads it. */
export function startCommand(words: readonly string[], folder: string): RunningCommand {
  const [program = "", ...args] = words;
  const path = [join(folder, "node_modules", ".bin"), process.env["PATH"] ?? ""].join(delimiter);
  const child = spawn(program, args, { cwd: folder, stdio: "inherit", env: { ...process.env, PATH: path } });
  const ended = new Promise<number | Error>((resolve) => {
    child.once("error", resolve);
    child.once("exit", (code) => resolve(code ?? 1));
  });
  return {
    ended,
    stop: async () => {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), stopGraceMs);
      await ended;
      clearTimeout(timer);
    },
  };
}
