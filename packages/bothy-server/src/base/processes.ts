import { spawn, type ChildProcess as NodeChild } from "node:child_process";
import { readFileSync } from "node:fs";
import { Duplex, type Readable } from "node:stream";
import { createLinePipe, splitLines } from "./line-pipe.ts";
import type { ChildProcess, Processes, SpawnRequest } from "./world.ts";

type Exit = { readonly code: number | null; readonly signal: string | null };

/** How long output may still come after the end: something that the process started may hold its pipes. */
const outputGraceMs = 500;

/** Makes the processes of the machine: each is this Node with one file. */
export function createNodeProcesses(): Processes {
  return { spawn: spawnNode };
}

function spawnNode(request: SpawnRequest): ChildProcess {
  const child = spawn(process.execPath, [...request.nodeOptions, request.entry, ...request.args], {
    env: { ...request.env },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
    // A group of its own: Ctrl-C would end it while we still need it, also one that has only just been started.
    detached: process.platform !== "win32",
  });
  const pid = child.pid ?? 0;
  const stream = child.stdio[3];
  // A system without room for another process gives a child without a pipe; its end is reported as any other.
  const duplex =
    stream instanceof Duplex
      ? stream
      : new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  // Writing to a process that has just ended fails here; `onExit` is what tells.
  duplex.on("error", () => undefined);
  const pipe = createLinePipe(duplex, () => child.kill("SIGKILL"));
  const end = watchEnd(child);
  return {
    pid,
    send: pipe.send,
    onLine: pipe.onLine,
    get bufferedBytes() {
      return pipe.bufferedBytes;
    },
    onOutput: (listener) => {
      relay(child.stdout, (line) => listener(line, "stdout"));
      relay(child.stderr, (line) => listener(line, "stderr"));
    },
    onExit: end.onExit,
    kill: () => void child.kill("SIGKILL"),
    residentBytes: () => (end.hasEnded() ? undefined : readResidentBytes(pid)),
  };
}

function relay(stream: Readable | null, onLine: (line: string) => void): void {
  if (stream === null) return;
  splitLines(stream, onLine, () => onLine("[a line without an end was dropped]"));
}

function watchEnd(child: NodeChild): { onExit(listener: (how: Exit) => void): void; hasEnded(): boolean } {
  const listeners = new Set<(how: Exit) => void>();
  let ended: Exit | undefined;
  let isTold = false;
  const tell = (): void => {
    if (isTold || ended === undefined) return;
    isTold = true;
    for (const listener of listeners) listener(ended);
  };
  child.on("error", () => {
    ended ??= { code: null, signal: null };
    tell();
  });
  child.on("exit", (code, signal) => {
    ended ??= { code, signal };
    setTimeout(tell, outputGraceMs);
  });
  child.on("close", tell);
  return {
    onExit: (listener) => {
      if (isTold && ended !== undefined) listener(ended);
      else listeners.add(listener);
    },
    hasEnded: () => ended !== undefined,
  };
}

/** Linux tells in kilobytes; elsewhere there is no figure without starting another program. */
function readResidentBytes(pid: number): number | undefined {
  try {
    const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
    return match?.[1] === undefined ? undefined : Number(match[1]) * 1_024;
  } catch {
    // The process has ended, or there is no /proc.
    return undefined;
  }
}
