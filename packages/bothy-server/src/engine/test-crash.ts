import { createMemoryDisk, type DiskOperation, type MemoryDisk, type SeededRandom } from "../base/index.ts";
import { createMemoryStore, type Store, type StoreEntry } from "../store/index.ts";
import type { EngineOptions } from "./engine-options.ts";
import { openTestEngine, testWorld, type TestWorld } from "./test-engine.ts";

/** What goes wrong at one operation of the disk or the store. */
export const faults = ["power before", "power after", "kill before", "kill after", "error"] as const;
export type Fault = (typeof faults)[number];

/** A machine whose processes end and whose disk and store stay. */
export interface Machine {
  readonly disk: MemoryDisk;
  readonly store: Store;
  /** Operations that change something, so far. */
  readonly operationCount: number;
  /** Processes that have ended. */
  readonly lifeCount: number;
  /** What the last processes said when they ended themselves. */
  readonly deaths: readonly string[];
  /** Lets the fault happen at the operation with this number, counted from now; it comes once. */
  failAt(count: number, fault: Fault, random: SeededRandom): void;
  /** Resolves when the process that runs now has been ended by the fault, or has ended itself. */
  readonly ended: Promise<void>;
  /** The power goes. */
  cutPower(random: SeededRandom): void;
  world(): TestWorld;
}

/** Makes a machine. Its store keeps what it has applied, whole, as LMDB does; ended processes apply nothing more. */
export function createMachine(disk: MemoryDisk = createMemoryDisk()): Machine {
  const lasting = createMemoryStore();
  let count = 0;
  let armed: { readonly at: number; readonly fault: Fault; readonly random: SeededRandom } | undefined;
  let life = 0;
  const deaths: string[] = [];
  let ended = createEnd();

  const tellEnd = (): void => {
    const { resolve } = ended;
    ended = createEnd();
    resolve();
  };
  const endWith = (fault: Fault, random: SeededRandom): void => {
    armed = undefined;
    life++;
    if (fault.startsWith("power")) disk.crash(random);
    else disk.kill();
    tellEnd();
  };
  const before = (): void => {
    count++;
    if (armed === undefined || count < armed.at) return;
    const { fault, random } = armed;
    if (fault === "power before" || fault === "kill before") endWith(fault, random);
    if (fault !== "error") return;
    armed = undefined;
    throw Object.assign(new Error("EIO: i/o error"), { code: "EIO" });
  };
  const after = (): void => {
    if (armed !== undefined && count >= armed.at) endWith(armed.fault, armed.random);
  };
  disk.before = (_: DiskOperation) => before();
  disk.after = (_: DiskOperation) => after();

  const store: Store = {
    ...lasting,
    get appliedVersion() {
      return lasting.appliedVersion;
    },
    apply: async (writes, version) => {
      const begun = life;
      const unanswered = (): Promise<never> => new Promise<never>(() => undefined);
      before();
      if (begun !== life) return await unanswered();
      await lasting.apply(writes, version);
      after();
      if (begun !== life) return await unanswered();
    },
    close: async () => undefined,
  };
  return {
    disk,
    store,
    get operationCount() {
      return count;
    },
    get lifeCount() {
      return life;
    },
    deaths,
    get ended() {
      return ended.promise;
    },
    failAt: (at, fault, random) => {
      armed = { at: count + at, fault, random };
    },
    cutPower: (random) => endWith("power before", random),
    world: () => {
      const world = testWorld(disk);
      const begun = life;
      return {
        ...world,
        die: (reason) => {
          deaths.push(reason);
          if (begun === life) {
            life++;
            disk.kill();
            tellEnd();
          }
          throw new Error("the process has ended");
        },
      };
    },
  };
}

function createEnd(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

/** Opens an engine on a machine. */
export function openOn(machine: Machine, options: Partial<EngineOptions> = {}): ReturnType<typeof openTestEngine> {
  return openTestEngine(machine.world(), { store: machine.store, segmentSizeBytes: 2_000, ...options });
}

/** Everything that a store holds. */
export function contentOfStore(store: Store): readonly StoreEntry[] {
  return store.range("a", "\xff", "asc", 1_000_000);
}
