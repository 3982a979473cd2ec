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
  /** Ends it as `kill -9` does, unless that would be the second process that ends under the same call: then the call is to blame (SY19). */
  kill(): void;
}

/** The function processes of one server process. */
export class SimulatedProcesses implements Processes {
  readonly #options: ProcessOptions;
  readonly #owner: Life;
  readonly #running = new Set<SimulatedProcess>();
  #made = 0;
  /** Processes that are to end soon after they are called, and how soon, as parts of the longest time of a line. */
  readonly dyingWhenCalled: number[] = [];
  /** Nonces of calls whose process has ended. */
  readonly #survivors = new Set<string>();

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
    const given: string[] = [];
    const end = (): void => {
      if (!life.isAlive) return;
      for (const nonce of given) this.#survivors.add(nonce);
      life.isAlive = false;
      this.#running.delete(process);
      universe.note(`${life.name} is killed`);
      universe.afterFor(owner, universe.chance.between(0.1, 2), () => {
        for (const listener of exits) listener({ code: null, signal: "SIGKILL" });
      });
    };
    const process: SimulatedProcess = {
      life,
      kill: () => {
        if (!given.some((nonce) => this.#survivors.has(nonce))) end();
      },
    };
    this.#running.add(process);
    return {
      pid,
      send: (line) => {
        if (!owner.isAlive) return;
        tap.toProcess(line);
        toChild(line);
        if (!line.startsWith('{"type":"call"')) return;
        given.push(nonceOf(line));
        this.#endSoon(process);
      },
      onLine: (listener) => {
        onLine = listener;
      },
      bufferedBytes: 0,
      onOutput: () => undefined,
      onExit: (listener) => void exits.add(listener),
      kill: end,
      residentBytes: () => 50_000_000,
    };
  }

  #endSoon(process: SimulatedProcess): void {
    const { universe, delayMsMax } = this.#options;
    const after = this.dyingWhenCalled.shift();
    if (after === undefined || universe.isHealed) return;
    universe.after(after * delayMsMax, "function_dies_called", () => !universe.isHealed && process.kill());
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

function nonceOf(line: string): string {
  const { call } = JSON.parse(line) as { readonly call: { readonly nonce: string } };
  return call.nonce;
}
