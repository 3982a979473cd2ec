import { openServer } from "../server/index.ts";
import type { BothyServer } from "../server/index.ts";
import { lanLines, lanServing } from "./lan.ts";
import type { LanFlags } from "./lan.ts";
import { servedPartsOf } from "./options.ts";
import type { ServeOptions } from "./options.ts";
import type { Output } from "./output.ts";
import { seedOnce } from "./seed.ts";
import { listenForStop } from "./signals.ts";
import { warnOfUnfinishedImport } from "./unfinished-import.ts";
import { version } from "./version.ts";

export interface StartOptions extends ServeOptions, LanFlags {
  /** Takes an app that would strand devices. */
  readonly force?: true;
}

/** Starts the production server and runs until it is asked to stop. */
export async function start(options: StartOptions, output: Output): Promise<void> {
  const lan = lanServing(options, output);
  const parts = await servedPartsOf(options, output);
  const server = await openServer({
    ...parts,
    ...(lan !== undefined && { lan }),
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
    if (!stop.isAsked()) await announce(server, parts.folder, output);
    await stop.asked;
    output.say("Stopping.");
  } finally {
    await server.close();
  }
}

/** Prints where everything is. */
export async function announce(server: BothyServer, folder: string, output: Output): Promise<void> {
  const { lan } = server;
  if (output.isJson) {
    output.print(
      JSON.stringify({ url: server.url, api: `${server.url}/api`, folder, ...(lan !== undefined && { lan }) }),
    );
    return;
  }
  const { colors } = output;
  const ofPhones = lan === undefined ? [] : await lanLines(lan, output);
  output.say("");
  output.say(colors.bold("  Bothy is running"));
  if (server.hasFrontEnd) output.say(`  App   ${colors.cyan(`${server.url}/`)}`);
  output.say(`  API   ${colors.cyan(`${server.url}/api`)}`);
  output.say(`  Data  ${folder}`);
  for (const line of ofPhones) output.say(line);
  output.say(colors.dim("  Ctrl-C stops it."));
  output.say("");
}
