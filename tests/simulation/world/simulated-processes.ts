import { startFunctionHost } from "../../../packages/bothy-server/src/runtime/child/function-host.ts";
import type {
  ChildProcess,
  CallWorld,
  FunctionGlobals,
  Processes,
} from "../../../packages/bothy-server/src/base/index.ts";
import { runInCallWorld } from "./forbidden-globals.ts";
import type { Life, Universe } from "./universe.ts";

type Exit = { readonly code: number | null; readonly signal: string | null };

/** Sees every line between the server and its function processes, where it is sent. */
export interface LineTap {
  toProcess(line: string): void;
  fromProcess(line: string): void;
}

/** What a simulated machine needs to run function processes. */
export interface ProcessOptions {
  readonly universe: Universe;
  readonly delayMsMax: number;
  /** What the bundle exports. */
  readonly exported: unknown;
  readonly tap: LineTap;
}

/** A function process that runs in this one: the same code behind the same door, with a pipe that takes its time. */
export interface SimulatedProcess {
  readonly life: Life;
  /** Ends it as `kill -9` does. */
  kill(): void;
}

/** The function processes of one server process. */
export class SimulatedProcesses implements Processes {
  readonly #options: ProcessOptions;
  readonly #owner: Life;
  readonly #running = new Set<SimulatedProcess>();
  #made = 0;

  constructor(owner: Life, options: ProcessOptions) {
    this.#owner = owner;
    this.#options = options;
  }

  get running(): readonly SimulatedProcess[] {
    return [...this.#running];
  }

  /** Function processes end with the server's. */
  endAll(): void {
    for (const process of this.#running) process.life.isAlive = false;
    this.#running.clear();
  }

  spawn(): ChildProcess {
    const { universe, tap } = this.#options;
    const pid = ++this.#made;
    const owner = this.#owner;
    const life: Life = { name: `${owner.name}/fn${pid}`, isAlive: owner.isAlive };
    const exits = new Set<(how: Exit) => void>();
    let onLine: (line: string) => void = () => undefined;
    const toParent = this.#createPipe(life, owner, (line) => onLine(line));
    const toChild = this.#createPipe(life, life, (line) => host.receive(line));
    const host = startFunctionHost({
      globals: this.#globalsOf(life),
      send: (line) => {
        if (!life.isAlive) return;
        tap.fromProcess(line);
        toParent(line);
      },
    });
    const process: SimulatedProcess = {
      life,
      kill: () => {
        if (!life.isAlive) return;
        life.isAlive = false;
        this.#running.delete(process);
        universe.note(`${life.name} is killed`);
        universe.afterFor(owner, universe.chance.between(0.1, 2), () => {
          for (const listener of exits) listener({ code: null, signal: "SIGKILL" });
        });
      },
    };
    this.#running.add(process);
    return {
      pid,
      send: (line) => {
        if (!owner.isAlive) return;
        tap.toProcess(line);
        toChild(line);
      },
      onLine: (listener) => {
        onLine = listener;
      },
      bufferedBytes: 0,
      onOutput: () => undefined,
      onExit: (listener) => void exits.add(listener),
      kill: process.kill,
      residentBytes: () => 50_000_000,
    };
  }

  /** Lines arrive in order, some together, after a delay. What a process sent before it ended still arrives. */
  #createPipe(life: Life, receiver: Life, deliver: (line: string) => void): (line: string) => void {
    const { universe, delayMsMax } = this.#options;
    let waiting: string[] = [];
    return (line) => {
      universe.note(`${life.name} ${receiver === life ? "<" : ">"} ${line}`);
      waiting.push(line);
      if (waiting.length > 1) return;
      const mostMs = universe.isHealed ? 0.1 : delayMsMax;
      universe.after(universe.chance.between(0.01, mostMs), life.name, () => {
        const lines = waiting;
        waiting = [];
        for (const each of lines) if (receiver.isAlive) deliver(each);
      });
    };
  }

  #globalsOf(life: Life): FunctionGlobals {
    const { universe, exported } = this.#options;
    return {
      run: <Result>(world: CallWorld, work: () => Result): Result => runInCallWorld(world, work),
      outside: (work) => work(),
      monotonicMs: () => universe.nowMs,
      soon: (task) => void universe.afterFor(life, 0, task),
      every: (everyMs, task) => {
        const again = (): void => void universe.afterFor(life, everyMs, () => (task(), again()));
        again();
      },
      importFile: async () => exported,
    };
  }
}
