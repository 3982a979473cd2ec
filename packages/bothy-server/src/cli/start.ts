import colors from "picocolors";
import { openServer } from "../server/index.ts";
import type { BothyServer } from "../server/index.ts";
import { partsOptionsOf } from "./options.ts";
import type { ServeOptions } from "./options.ts";
import type { Output } from "./output.ts";
import { seedOnce } from "./seed.ts";
import { untilStopped } from "./signals.ts";

/** Starts the production server and runs until it is asked to stop. */
export async function start(options: ServeOptions, output: Output): Promise<void> {
  const parts = await partsOptionsOf(options, options.processes, output);
  const server = await openServer({
    ...parts,
    host: options.host,
    port: options.port,
    allowedOrigins: options.allowOrigin,
    servesFrontEnd: true,
  });
  try {
    const stopped = untilStopped();
    if (options.seed !== undefined) await seedOnce(options.seed, server.admin, { output, clock: parts.world.clock });
    announce(server, parts.folder, output);
    await stopped;
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
  output.say("");
  output.say(colors.bold("  Bothy is running"));
  if (server.hasFrontEnd) output.say(`  App   ${colors.cyan(`${server.url}/`)}`);
  output.say(`  API   ${colors.cyan(`${server.url}/api`)}`);
  output.say(`  Data  ${folder}`);
  output.say(colors.dim("  Ctrl-C stops it."));
  output.say("");
}
