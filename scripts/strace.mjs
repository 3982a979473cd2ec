import { existsSync } from "node:fs";
import { run } from "./run.mjs";

/** Installs strace, with which tests make system calls fail, where that can be done by itself: on Debian as root. */
export async function provideStrace() {
  if (process.platform !== "linux" || (await hasStrace())) return;
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) return;
  process.stderr.write("Installing strace for the tests of durability (apt-get)\n");
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  // Its result is not looked at: the package lists that are there may do. Without strace the tests say what they leave out.
  await run("apt-get", ["-q", "update"], { env, capture: true });
  const installed = await run("apt-get", ["-q", "install", "-y", "strace"], { env, capture: true });
  if (!(await hasStrace())) process.stderr.write(installed.output);
}

async function hasStrace() {
  const { code } = await run("strace", ["--version"], { capture: true });
  return code === 0;
}
