import { openServer } from "../server/index.ts";
import type { BothyServer } from "../server/index.ts";
import { servedPartsOf } from "./options.ts";
import type { ServeOptions } from "./options.ts";
import type { Output } from "./output.ts";
import { seedOnce } from "./seed.ts";
import { listenForStop } from "./signals.ts";
import { warnOfUnfinishedImport } from "./unfinished-import.ts";
import { version } from "./version.ts";

export interface StartOptions extends ServeOptions {
  /** Takes an app that would strand devices. */
  readonly force?: true;
}

/** Starts the production server and runs until it is asked to stop. */
export async function start(options: StartOptions, output: Output): Promise<void> {
  const parts = await servedPartsOf(options, output);
  const server = await openServer({
    ...parts,
    host: options.host,
    port: options.port,
    allowedOrigins: options.allowOrigin,
    servesFrontEnd: true,
    isReloading: false,
    stranding: options.force ? "force" : "refuse",
    metricsAccess: options.metrics,
    version,
  });
  try {
    const stop = listenForStop();
    await seedOnce(options.seed, server.admin, { output, clock: parts.world.clock, stop });
    await warnOfUnfinishedImport(server.admin, parts.world.log);
    if (!stop.isAsked()) announce(server, parts.folder, output);
    await stop.asked;
    output.say("Stopping.");
  } finally {
    await server.close();
  }
}

/** Prints where everything is. */
export function announce(server: BothyServer, folder: string, output: Output): void {
  if (output.isJson) {
    output.print(JSON.stringify({ url: server.url, api: `${server.url}/api`, folder }));
    return;
  }
  const { colors } = output;
  output.say("");
  output.say(colors.bold("  Bothy is running"));
  if (server.hasFrontEnd) output.say(`  App   ${colors.cyan(`${server.url}/`)}`);
  output.say(`  API   ${colors.cyan(`${server.url}/api`)}`);
  output.say(`  Data  ${folder}`);
  output.say(colors.dim("  Ctrl-C stops it."));
  output.say("");
}
