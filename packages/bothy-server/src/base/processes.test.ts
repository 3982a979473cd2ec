import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { Duplex } from "node:stream";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { createLinePipe } from "./line-pipe.ts";
import { createNodeProcesses } from "./processes.ts";
import type { ChildProcess } from "./world.ts";

const root = mkdtempSync(join(tmpdir(), "bothy-processes-"));
afterAll(() => rmSync(root, { recursive: true }));
const processes = createNodeProcesses();

let count = 0;
function run(code: string, env: Record<string, string> = {}, nodeOptions: readonly string[] = []): ChildProcess {
  const entry = join(root, `${++count}.mjs`);
  writeFileSync(entry, code);
  return processes.spawn({ entry, args: ["arg"], nodeOptions, env });
}

function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly signal: string | null }> {
  return new Promise((resolve) => child.onExit(resolve));
}

const echo = `
  import { Socket } from "node:net";
  const pipe = new Socket({ fd: 3 });
  pipe.on("data", (chunk) => pipe.write(chunk));
  pipe.on("end", () => process.exit(0));
`;

test("lines go to a process and back in order, however many, long or wide they are", async () => {
  const child = run(echo);
  const lines = [...Array.from({ length: 20_000 }, (_, i) => `line ${i}`), "", "ü€𝄞".repeat(100_000), "last"];
  const received: string[] = [];
  const all = new Promise<void>((resolve) => child.onLine((line) => received.push(line) === lines.length && resolve()));
  for (const line of lines) child.send(line);
  expect(child.bufferedBytes).toBeGreaterThan(0);
  await all;
  expect(received).toEqual(lines);
  expect(child.bufferedBytes).toBe(0);
  expect(child.residentBytes()).toBeGreaterThan(1_000_000);
  const end = ended(child);
  child.kill();
  expect([await end, child.residentBytes()]).toEqual([{ code: null, signal: "SIGKILL" }, undefined]);
  child.send("to nobody");
});

test("a process has the environment, options and arguments it was given, and what it prints is heard", async () => {
  const child = run(
    "console.log(JSON.stringify([process.env, process.execArgv, process.argv[2]])); console.error('a\\nb'); process.exit(7)",
    { A: "1" },
    ["--max-old-space-size=64"],
  );
  const output: string[] = [];
  child.onOutput((line, stream) => void output.push(`${stream} ${line}`));
  expect(await ended(child)).toEqual({ code: 7, signal: null });
  expect(output.filter((line) => line.startsWith("stderr"))).toEqual(["stderr a", "stderr b"]);
  expect(output).toContain('stdout [{"A":"1"},["--max-old-space-size=64"],"arg"]');
});

test("who asks after the end is told the end", async () => {
  const child = run("process.exit(3)");
  await ended(child);
  expect((await ended(child)).code).toBe(3);
});

test("a line without an end ends the sender, not the memory of the receiver", async () => {
  const child = run(`
    import { Socket } from "node:net";
    const pipe = new Socket({ fd: 3 });
    const piece = "x".repeat(1_000_000);
    (function more() { pipe.write(piece, more); })();
  `);
  expect(await ended(child)).toEqual({ code: null, signal: "SIGKILL" });
});

test("lines are the same wherever the stream cuts them", () => {
  const stream = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const pipe = createLinePipe(stream, () => undefined);
  const received: string[] = [];
  pipe.onLine((line) => void received.push(line));
  const bytes = Buffer.from("one\ntwo ü€\n\nfour\nrest");
  for (let size = 1; size < 6; size++) {
    received.length = 0;
    for (let at = 0; at < bytes.length; at += size) stream.emit("data", bytes.subarray(at, at + size));
    stream.emit("data", Buffer.from("\n"));
    expect(received).toEqual(["one", "two ü€", "", "four", "rest"]);
  }
});
