import { join } from "node:path";
import { startCommand, watchFolder } from "../base/index.ts";
import type { RunningCommand } from "../base/index.ts";
import { generateCode } from "../runtime/index.ts";
import { openServer } from "../server/index.ts";
import type { BothyServer, ServerOptions } from "../server/index.ts";
import { partsOptionsOf } from "./options.ts";
import type { ServeOptions } from "./options.ts";
import { reportError } from "./output.ts";
import type { Output } from "./output.ts";
import { seedOnce } from "./seed.ts";
import { untilStopped } from "./signals.ts";
import { announce } from "./start.ts";

export interface DevOptions extends ServeOptions {
  /** Command of the front end. */
  readonly start?: string;
}

/** Serves an app while it is written: generated code, functions reloaded on save, its front end beside it. */
export async function dev(options: DevOptions, output: Output): Promise<void> {
  const parts = await partsOptionsOf(options, options.processes, output);
  const serverOptions: ServerOptions = {
    ...parts,
    host: options.host,
    port: options.port,
    allowedOrigins: options.allowOrigin,
    servesFrontEnd: false,
  };
  await generateCode({ world: parts.world, appFolder: parts.projectFolder });
  let server = await openServer(serverOptions);
  let frontEnd: RunningCommand | undefined;
  const reloads = oneAtATime(async () => {
    try {
      await generateCode({ world: parts.world, appFolder: parts.projectFolder });
      server = await reload(server, serverOptions, output);
    } catch (error) {
      // The last good functions go on serving; the next save tries again.
      reportError(error, output.isJson);
    }
  });
  const isIgnored = (path: string): boolean => path.includes(`${join("bothy", "_generated")}`);
  const watching = await watchFolder(join(parts.projectFolder, "bothy"), isIgnored, reloads.request);
  try {
    const stopped = untilStopped();
    if (options.seed !== undefined) await seedOnce(options.seed, server.admin, { output, clock: parts.world.clock });
    announce(server, parts.folder, output);
    if (options.start !== undefined) frontEnd = startCommand(options.start.split(/\s+/u), parts.projectFolder);
    const ended = frontEnd?.ended.then((how) => output.say(`The front end's command ended: ${String(how)}`));
    await (ended === undefined ? stopped : Promise.race([stopped, ended]));
    output.say("Stopping.");
  } finally {
    frontEnd?.stop();
    await watching.close();
    await reloads.settled();
    await server.close();
  }
}

async function reload(server: BothyServer, options: ServerOptions, output: Output): Promise<BothyServer> {
  if ((await server.reload()) === "reloaded") {
    output.say("Functions reloaded.");
    return server;
  }
  // A new schema is checked against the data when the folder is opened.
  await server.close();
  const next = await openServer({ ...options, port: server.port });
  output.say("Schema and functions reloaded.");
  return next;
}

/** Runs a task whenever it is requested, never twice at once, once more if it was requested meanwhile. */
function oneAtATime(task: () => Promise<void>): { request(): void; settled(): Promise<void> } {
  let running: Promise<void> | undefined;
  let isRequested = false;
  const run = async (): Promise<void> => {
    while (isRequested) {
      isRequested = false;
      await task();
    }
    running = undefined;
  };
  return {
    request() {
      isRequested = true;
      running ??= run();
    },
    settled: () => running ?? Promise.resolve(),
  };
}
