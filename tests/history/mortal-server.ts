import { startProcess } from "../deployment-process.ts";
import type { Deployment } from "../deployment-process.ts";

/** A deployment that is killed now and then and started again on the same folder and address. */
export interface MortalServer {
  readonly url: string;
  readonly kills: number;
  /** Resolves once it answers: at once if it is up. */
  whenUp(): Promise<void>;
  /** Ends it with -9 and starts it again; resolves once it answers. */
  killAndRestart(): Promise<void>;
  /** Asks it to end, and fails if it does not end well. */
  stop(): Promise<void>;
}

export async function startMortalServer(folder: string): Promise<MortalServer> {
  let deployment: Deployment = await startProcess({ folder });
  const { url } = deployment;
  const port = Number(new URL(url).port);
  let up: Promise<void> = Promise.resolve();
  let kills = 0;
  const restart = async (): Promise<void> => {
    await deployment.kill();
    deployment = await startProcess({ folder, port });
  };
  return {
    url,
    get kills() {
      return kills;
    },
    whenUp: () => up,
    killAndRestart: () => {
      kills += 1;
      up = restart();
      return up;
    },
    stop: async () => {
      await up;
      const code = await deployment.stop();
      if (code !== 0) throw new Error(`The server ended with ${code}:\n${deployment.output()}`);
    },
  };
}
