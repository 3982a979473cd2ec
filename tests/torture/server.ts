import { cp, rm } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { startProcess, type Deployment } from "../deployment-process.ts";

/** A deployment that is killed, started again, and set back to an older copy of its folder. */
export interface TortureServer {
  readonly port: number;
  readonly isUp: boolean;
  /** Calls a function with the admin key, again and again until it is answered. */
  run(name: string, args: object): Promise<unknown>;
  /** Ends it with -9; it stays down until it is started. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** Kills it and keeps a copy of its folder. */
  backUp(): Promise<void>;
  /** Kills it and puts the copy in place of its folder. */
  restore(): Promise<void>;
  stop(): Promise<string>;
}

const retryPauseMs = 100;

export async function startTortureServer(app: string, folder: string): Promise<TortureServer> {
  const copy = `${folder}-copy`;
  let deployment: Deployment | undefined = await startProcess({ app, folder });
  const port = Number(new URL(deployment.url).port);
  let output = "";
  const kill = async (): Promise<void> => {
    const ending = deployment;
    deployment = undefined;
    await ending?.kill();
    output += ending?.output() ?? "";
  };
  return {
    port,
    get isUp() {
      return deployment !== undefined;
    },
    async run(name, args) {
      for (let tryCount = 1; ; tryCount++) {
        try {
          if (deployment !== undefined) return await deployment.run(name, args);
        } catch (error) {
          // It was killed meanwhile, or is starting; a real refusal is one for good.
          if (tryCount > 300) throw error;
        }
        await pause(retryPauseMs);
      }
    },
    kill,
    async start() {
      deployment ??= await startProcess({ app, folder, port });
    },
    async backUp() {
      await kill();
      await rm(copy, { recursive: true, force: true });
      await cp(folder, copy, { recursive: true });
    },
    async restore() {
      await kill();
      await rm(folder, { recursive: true, force: true });
      await cp(copy, folder, { recursive: true });
    },
    async stop() {
      const ending = deployment;
      const code = await ending?.stop();
      output += ending?.output() ?? "";
      if (code !== 0) throw new Error(`The server ended with ${String(code)}:\n${output}`);
      return output;
    },
  };
}
