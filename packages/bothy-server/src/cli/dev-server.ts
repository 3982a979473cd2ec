import { isBothyError } from "bothy/internal";
import { generateCode } from "../runtime/index.ts";
import { openServer } from "../server/index.ts";
import type { BothyServer, ServerOptions } from "../server/index.ts";
import type { Output } from "./output.ts";

/** A server whose app changes under it. */
export interface DevServer {
  /** Takes what was saved. Whatever is wrong with it is told, and the next save tries again. */
  reload(): Promise<void>;
  close(): Promise<void>;
}

export interface DevServerOptions {
  readonly serverOptions: ServerOptions;
  readonly output: Output;
  /** Awaited when the app is served for the first time. */
  readonly onFirstOpen: (server: BothyServer) => Promise<void>;
}

/** Faults of the app, which the next save may repair; any other one ends the first start. */
const faultsOfApp: ReadonlySet<string> = new Set(["build_failed", "schema_invalid", "schema_mismatch"]);

/** Serves an app as it is; one that can't be served yet is waited for. */
export async function openDevServer(options: DevServerOptions): Promise<DevServer> {
  const { output, serverOptions } = options;
  const { world, projectFolder } = serverOptions;
  let server: BothyServer | undefined;
  let { port } = serverOptions;
  let wasOpen = false;

  const open = async (): Promise<void> => {
    server = await openServer({ ...serverOptions, port });
    // The address stays what it is, also one that was picked.
    port = server.port;
    if (!wasOpen) await options.onFirstOpen(server);
    wasOpen = true;
  };
  const reload = async (): Promise<void> => {
    await generateCode({ world, appFolder: projectFolder });
    if (server === undefined) {
      await open();
      return output.say("The app is served again.");
    }
    const what = await server.reload();
    if (what === "functions") output.say("Functions reloaded.");
    if (what === "schema and functions") output.say("Schema and functions reloaded.");
  };
  const fail = (error: unknown): void => {
    output.fail(error);
    output.say(
      server === undefined ? "Nothing is served until the next save." : "The functions before this save go on serving.",
    );
  };

  try {
    await generateCode({ world, appFolder: projectFolder });
    await open();
  } catch (error) {
    if (server !== undefined || !isBothyError(error) || !faultsOfApp.has(error.code)) {
      await server?.close();
      throw error;
    }
    fail(error);
  }
  return {
    reload: () => reload().catch(fail),
    close: async () => server?.close(),
  };
}
