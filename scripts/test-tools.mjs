import { existsSync } from "node:fs";
import { run } from "./run.mjs";

/** Installs strace, with which tests make system calls fail, where that can be done by itself. */
export async function provideStrace() {
  if (process.platform === "linux") await provide("strace", ["--version"], { of: "strace", forWhat: "durability" });
}

/** Installs what puts an authority among those that a browser trusts, where that can be done by itself. */
export async function provideCertutil() {
  await provide("certutil", ["--help"], { of: "libnss3-tools", forWhat: "https on a local network" });
}

/** By itself: on Debian as root. Without the program the tests say what they leave out. */
async function provide(program, args, { of, forWhat }) {
  if (await doesStart(program, args)) return;
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return;
  process.stderr.write(`Installing ${of} for the tests of ${forWhat} (apt-get)\n`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  // Its result is not looked at: the package lists that are there may do.
  await run("apt-get", ["-q", "update"], { env, capture: true });
  const installed = await run("apt-get", ["-q", "install", "-y", of], { env, capture: true });
  if (!(await doesStart(program, args))) process.stderr.write(installed.output);
}

/** Whatever it exits with: some have no question that they answer with 0. 127: there is none. */
async function doesStart(program, args) {
  const { code } = await run(program, args, { capture: true });
  return code !== 127;
}
