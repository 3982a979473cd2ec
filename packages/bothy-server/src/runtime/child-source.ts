import { fileURLToPath } from "node:url";
import type { ChildProcess, World } from "../base/index.ts";
import { defaultPoolLimits, hotShareBytes } from "./limits.ts";
import type { PoolLimits } from "./limits.ts";

const entry = fileURLToPath(new URL("./child/main.js", import.meta.url));
const bytesPerMebibyte = 1_048_576;

/** Starts a process that waits for a bundle. */
export function startChild({ processes }: Pick<World, "processes">, heapBytes: number): ChildProcess {
  return processes.spawn({
    entry,
    args: [],
    nodeOptions: [`--max-old-space-size=${Math.ceil(heapBytes / bytesPerMebibyte)}`, "--enable-source-maps"],
    // Nothing of the server's own environment: it may hold secrets.
    env: { TZ: "UTC", NODE_ENV: "production" },
  });
}

/** Where function processes come from: one can be started before its bundle is there, because starting takes longest. */
export class ChildSource {
  readonly #world: Pick<World, "processes">;
  readonly #heapBytes: number;
  #prepared: ChildProcess | undefined;

  /** `workers` share the hot rows; what a call may use of the heap comes on top of that share. */
  constructor(world: Pick<World, "processes">, workers: number, limits: Partial<PoolLimits> = {}) {
    const { heapBytes, hotBytes } = { ...defaultPoolLimits, ...limits };
    this.#world = world;
    this.#heapBytes = heapBytes + hotShareBytes(hotBytes, workers);
  }

  /** The process that was prepared, or a new one. */
  take(): ChildProcess {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    return prepared ?? startChild(this.#world, this.#heapBytes);
  }

  /** Starts a process that `take` will return. */
  prepare(): void {
    if (this.#prepared !== undefined) return;
    const child = startChild(this.#world, this.#heapBytes);
    this.#prepared = child;
    child.onExit(() => {
      if (this.#prepared === child) this.#prepared = undefined;
    });
  }

  /** Resolves when no process is left that nobody took. */
  close(): Promise<void> {
    const prepared = this.#prepared;
    this.#prepared = undefined;
    return new Promise((resolve) => {
      if (prepared === undefined) return resolve();
      prepared.onExit(() => resolve());
      prepared.kill();
    });
  }
}
