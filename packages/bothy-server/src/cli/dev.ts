import { join, sep } from "node:path";
import { watchFolder } from "../base/index.ts";
import type { PartsOptions } from "../server/index.ts";
import { createReloads } from "./create-reloads.ts";
import { openDevServer } from "./dev-server.ts";
import type { DevServer } from "./dev-server.ts";
import { runFrontEnd } from "./front-end.ts";
import { servedPartsOf } from "./options.ts";
import type { ServeOptions } from "./options.ts";
import type { Output } from "./output.ts";
import { seedOnce } from "./seed.ts";
import { listenForStop } from "./signals.ts";
import type { StopRequest } from "./signals.ts";
import { announce } from "./start.ts";
import { warnOfUnfinishedImport } from "./unfinished-import.ts";
import { version } from "./version.ts";

export interface DevOptions extends ServeOptions {
  /** Command of the front end. */
  readonly start?: string;
}

/** Serves an app while it is written: generated code, functions reloaded on save, its front end beside it. */
export async function dev(options: DevOptions, output: Output): Promise<void> {
  const parts = await servedPartsOf(options, output);
  const { projectFolder } = parts;
  const stop = listenForStop();
  let opening: Promise<DevServer> | undefined;
  const reloads = createReloads(async () => {
    // If it can't be opened, that is told where it is opened.
    const server = await opening?.catch(() => undefined);
    await server?.reload();
  });
  // Before the first build, so that no save falls between the two.
  const watching = await watchFolder(join(projectFolder, "bothy"), isGeneratedIn(projectFolder), reloads.request);
  try {
    opening = open(options, { parts, output, stop });
    const server = await opening;
    try {
      if (options.start === undefined) await stop.asked;
      else await runFrontEnd({ command: options.start, folder: projectFolder, stop, output });
      output.say("Stopping.");
    } finally {
      await watching.close();
      await reloads.settled();
      await server.close();
    }
  } finally {
    await watching.close();
  }
}

function open(
  options: DevOptions,
  { parts, output, stop }: { readonly parts: PartsOptions; readonly output: Output; readonly stop: StopRequest },
): Promise<DevServer> {
  return openDevServer({
    serverOptions: {
      ...parts,
      host: options.host,
      port: options.port,
      allowedOrigins: options.allowOrigin,
      servesFrontEnd: false,
      isReloading: true,
      stranding: "warn",
      metricsAccess: options.metrics,
      version,
    },
    output,
    onFirstOpen: async (server) => {
      await seedOnce(options.seed, server.admin, { output, clock: parts.world.clock, stop });
      await warnOfUnfinishedImport(server.admin, parts.world.log);
      await announce(server, parts.folder, output);
    },
  });
}

/** What we write ourselves is no save. */
function isGeneratedIn(projectFolder: string): (path: string) => boolean {
  const generated = join(projectFolder, "bothy", "_generated");
  return (path) => path === generated || path.startsWith(generated + sep);
}
