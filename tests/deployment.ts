import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { startProcess } from "./deployment-process.ts";
import type { Deployment, ProcessOptions } from "./deployment-process.ts";

export { runCommand, testApp } from "./deployment-process.ts";
export { freePort } from "./free-port.ts";
export type { Deployment } from "./deployment-process.ts";

/** As those of the process; without a folder it keeps a new one. */
export type DeploymentOptions = Partial<ProcessOptions>;

/** Starts a server and resolves when it answers; fails with what it said if it ends instead. */
export async function startDeployment(options: DeploymentOptions = {}): Promise<Deployment> {
  return startProcess({ ...options, folder: options.folder ?? (await makeFolder()) });
}

const folders: string[] = [];
afterAll(async () => {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

/** A new empty folder below the system's temporary folder; it is removed after the tests of the file. */
export async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "bothy-test-"));
  folders.push(folder);
  return folder;
}
