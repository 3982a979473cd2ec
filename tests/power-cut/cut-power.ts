import { rmSync } from "node:fs";
import { join } from "node:path";
import { runCommand, startProcess, type Deployment } from "../deployment-process.ts";
import { LastingDevice } from "../integration/lasting-device.ts";
import { makeSmallDisk, type SmallDisk } from "./small-disk.ts";

/** What one power cut left. */
export interface Cut {
  /** Messages that had been acknowledged before the cut, and that the next start has. */
  readonly acknowledged: number;
  readonly found: number;
  /** What is wrong; empty if nothing is. */
  readonly problems: readonly string[];
}

const messagesBetweenCuts = 40;

/**
 * Cuts the power of a server under load so many times: its disk is copied while it runs, and a server is started on the
 * copy. Everything acknowledged before is there, and what is there is a prefix of what was sent.
 */
export async function cutPower(folder: string, cycles: number, onCut: (cut: Cut) => void): Promise<void> {
  const disk = makeSmallDisk(folder, "disk");
  const deployment = await startProcess({ folder: join(disk.mountPoint, "bothy") });
  const device = new LastingDevice();
  try {
    await device.connect(deployment.url);
    await device.mutate("shared/rooms:join", { room: "a" });
    for (let cycle = 0; cycle < cycles; cycle++) onCut(await cutOnce({ disk, deployment, device }, cycle));
  } finally {
    await deployment.kill();
    disk.remove();
  }
}

interface Running {
  readonly disk: SmallDisk;
  readonly deployment: Deployment;
  readonly device: LastingDevice;
}

async function cutOnce({ disk, deployment, device }: Running, cycle: number): Promise<Cut> {
  // The first number is that of joining the room.
  const isTold = (message: number): boolean => device.outcomes.has(message + 2);
  const first = cycle * messagesBetweenCuts;
  for (let at = first; at < first + messagesBetweenCuts; at++)
    device.queue("shared/messages:send", { room: "a", body: `message ${at}` });
  // At another place in the batch each time, with others under way.
  const cutAt = first + ((cycle * 7) % (messagesBetweenCuts - 5));
  await device.until(() => isTold(cutAt));
  // What arrives while the disk is copied was acknowledged later; a stopped process writes nothing in between.
  const acknowledged = device.outcomes.size - 1;
  process.kill(deployment.pid, "SIGSTOP");
  const copy = disk.copyTo(`cut-${cycle}`);
  process.kill(deployment.pid, "SIGCONT");
  try {
    return await lookAt(join(copy.mountPoint, "bothy"), acknowledged);
  } finally {
    copy.remove();
    await device.until(() => isTold(first + messagesBetweenCuts - 1));
  }
}

/** Starts a server on what a cut left, and verifies the whole folder after it. */
async function lookAt(folder: string, acknowledged: number): Promise<Cut> {
  // The power took the process that held it, which here still lives.
  rmSync(join(folder, "lock"), { force: true });
  const problems: string[] = [];
  const deployment = await startProcess({ folder }).catch((error: unknown) => String(error));
  if (typeof deployment === "string") return { acknowledged, found: 0, problems: [deployment] };
  const messages = (await deployment.run("server:allMessages", { room: "a" })) as { body: string }[];
  const bodies = new Set(messages.map(({ body }) => body));
  if (bodies.size !== messages.length) problems.push("a message is there twice");
  for (let at = 0; at < bodies.size; at++) if (!bodies.has(`message ${at}`)) problems.push(`message ${at} is missing`);
  if (bodies.size < acknowledged) problems.push(`${acknowledged - bodies.size} acknowledged messages are lost`);
  await deployment.stop();
  const { code, stdout } = await runCommand(["--json", "doctor", "--folder", folder]);
  if (code !== 0) problems.push(stdout);
  return { acknowledged, found: bodies.size, problems };
}
