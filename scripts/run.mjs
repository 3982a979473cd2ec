import { spawn } from "node:child_process";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the whole repository. */
export const root = fileURLToPath(new URL("..", import.meta.url));

const isWindows = process.platform === "win32";
const endingSignals = ["SIGHUP", "SIGINT", "SIGTERM"];
const signalNumbers = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/**
 * Runs a command in the repository and resolves to its exit code (128 + n when signal n ended it) and, with
 * `capture: true`, to its output, which is otherwise shown. Tools of node_modules are found by their bare name.
 * With `isOwnGroup`, signals of the terminal do not reach the command by themselves. After `limitMs` it is ended with all
 * that it started, which counts as exit code 124.
 */
export function run(command, args, options = {}) {
  const path = [join(root, "node_modules", ".bin"), process.env["PATH"] ?? ""].join(delimiter);
  return new Promise((resolve) => {
    const isBounded = options.limitMs !== undefined;
    const child = spawn(command, args, {
      cwd: options.folder ?? root,
      env: { ...process.env, PATH: path, ...options.env },
      stdio: options.capture || isBounded ? ["ignore", "pipe", "pipe"] : "inherit",
      detached: (options.isOwnGroup ?? false) || (isBounded && !isWindows),
      shell: isWindows,
    });
    const chunks = [];
    child.stdout?.on("data", (chunk) => (options.capture ? chunks.push(chunk) : process.stdout.write(chunk)));
    child.stderr?.on("data", (chunk) => (options.capture ? chunks.push(chunk) : process.stderr.write(chunk)));
    child.on("error", (error) => {
      if (!options.capture) process.stderr.write(`${command}: ${error.message}\n`);
      resolve({ code: 127, output: `${command}: ${error.message}\n` });
    });
    child.on("close", (code, signal) => {
      const output = Buffer.concat(chunks).toString("utf8");
      resolve({ code: code ?? 128 + (signalNumbers[signal] ?? 0), output });
    });
    if (isBounded) {
      bound(child, options.limitMs, () => {
        const output = `${[command, ...args].join(" ")} did not end within ${options.limitMs / 60_000} minutes.\n`;
        process.stderr.write(`\n${output}`);
        resolve({ code: 124, output });
      });
    }
    options.onStart?.(child);
  });
}

/** Ends a command's whole group when its time is up, when it leaves processes behind, and when this script is ended. */
function bound(child, limitMs, onLimit) {
  const endGroup = () => {
    try {
      process.kill(isWindows ? child.pid : -child.pid, "SIGKILL");
    } catch {
      // Nothing of it runs any more.
    }
  };
  const passOn = (signal) => {
    endGroup();
    process.exit(128 + signalNumbers[signal]);
  };
  const timer = setTimeout(() => {
    onLimit();
    endGroup();
  }, limitMs);
  for (const signal of endingSignals) process.on(signal, passOn);
  child.on("exit", () => {
    clearTimeout(timer);
    for (const signal of endingSignals) process.off(signal, passOn);
    // What holds its output would keep this script waiting for more of it.
    endGroup();
  });
}

/** Runs a command whose failure leaves nothing more to do: then throws `sentence` as a problem. */
export async function runOrFail(command, args, sentence) {
  const { code } = await run(command, args);
  if (code !== 0) throw problem(sentence, code);
}

const problemName = "Problem";

/** An error whose message is a sentence for the person at the terminal, who is to act on it. */
export function problem(sentence, exitCode = 1) {
  return Object.assign(new Error(sentence), { name: problemName, exitCode });
}

/** Shows what went wrong, with its stack only when it is a fault of these scripts, and returns the exit code. */
export function showProblem(error) {
  const isProblem = error instanceof Error && error.name === problemName;
  process.stderr.write(`\n${isProblem ? error.message : (error?.stack ?? String(error))}\n`);
  return isProblem ? error.exitCode : 1;
}
