import { AsyncLocalStorage } from "node:async_hooks";
import { format } from "node:util";
import { pathToFileURL } from "node:url";

/** What the globals of JavaScript are inside one call of a function. */
export interface CallWorld {
  /** The captured time; throws where a function may not ask for it. */
  readTimeMs(): number;
  /** The next number of the call's own sequence, in [0, 1). */
  random(): number;
  /** The error to be thrown by a global that reaches outside. */
  refuse(what: string): Error;
  print(level: "debug" | "info" | "warn" | "error", text: string): void;
  /** Something that the function left behind threw. */
  fail(thrown: unknown): void;
}

/** The doors of a function process: everything else in it goes through the globals that stand in for these. */
export interface FunctionGlobals {
  /** Runs a call; all that it starts, however late, sees the call's own world. */
  run<Result>(world: CallWorld, work: () => Result): Result;
  /** Does something of ours while a call is under way: with the real globals. */
  outside<Result>(work: () => Result): Result;
  /** Milliseconds that never go back. */
  monotonicMs(): number;
  /** Runs `task` once what the event loop has at hand is served. */
  soon(task: () => void): void;
  /** Runs `task` every `everyMs`, without keeping the process alive. */
  every(everyMs: number, task: () => void): void;
  /** Imports a JavaScript file. */
  importFile(path: string): Promise<unknown>;
}

const networkGlobals = ["fetch", "WebSocket", "EventSource", "BroadcastChannel"];
const timerGlobals = ["setTimeout", "setInterval", "setImmediate", "MessageChannel"];
/** What of `process` a function may look at: nothing that differs from day to day. */
const processFields = new Set<PropertyKey>([
  "nextTick",
  "emitWarning",
  "version",
  "versions",
  "release",
  "browser",
  "title",
]);

/**
 * Replaces, once per process and before any code of the app is loaded, the globals through which code could see the
 * time, chance or the outside world. Outside a call time and chance are real, and the network is refused.
 */
export function installFunctionGlobals(print: (level: "info" | "error", text: string) => void): FunctionGlobals {
  const calls = new AsyncLocalStorage<CallWorld>();
  const current = (): CallWorld | undefined => calls.getStore();
  const { setInterval, setImmediate } = globalThis;
  const monotonicMs = performance.now.bind(performance);

  installTime(current);
  installRandom(current);
  for (const name of networkGlobals) refuseGlobal(name, { current, isRefusedOutside: true });
  for (const name of timerGlobals) refuseGlobal(name, { current, isRefusedOutside: false });
  refuseMember(AbortSignal, "AbortSignal", "timeout", current);
  refuseMember(performance, "performance", "now", current);
  refuseMember(crypto.subtle, "crypto.subtle", "generateKey", current);
  installConsole(current, print);
  catchLeftovers(current, print);
  installProcess(current);
  return {
    run: (world, work) => calls.run(world, work),
    outside: (work) => calls.exit(work),
    monotonicMs,
    soon: (task) => void calls.exit(() => setImmediate(task)),
    every: (everyMs, task) => void setInterval(task, everyMs).unref(),
    importFile: (path) => import(pathToFileURL(path).href),
  };
}

type Current = () => CallWorld | undefined;

function replace(owner: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(owner, name, { value, writable: true, configurable: true, enumerable: false });
}

function installTime(current: Current): void {
  const RealDate = Date;
  const realNow = Date.now.bind(Date);
  const nowMs = (): number => {
    const world = current();
    return world ? world.readTimeMs() : realNow();
  };
  const FunctionDate = new Proxy(RealDate, {
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [nowMs()] : args, newTarget) as object,
    apply: () => new RealDate(nowMs()).toString(),
  });
  replace(RealDate, "now", nowMs);
  replace(RealDate.prototype, "constructor", FunctionDate);
  replace(globalThis, "Date", FunctionDate);
}

function installRandom(current: Current): void {
  const realRandom = Math.random;
  const realFill = crypto.getRandomValues.bind(crypto);
  const realUuid = crypto.randomUUID.bind(crypto);
  const fill = (world: CallWorld, bytes: Uint8Array): void => {
    for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(world.random() * 256);
  };
  replace(Math, "random", () => (current() ?? { random: realRandom }).random());
  replace(crypto, "getRandomValues", (view: Uint8Array<ArrayBuffer>) => {
    const world = current();
    if (!world) return realFill(view);
    fill(world, new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
    return view;
  });
  replace(crypto, "randomUUID", () => {
    const world = current();
    if (!world) return realUuid();
    const bytes = new Uint8Array(16);
    fill(world, bytes);
    return uuidOf(bytes);
  });
}

/** The text of a random UUID (version 4, variant 1) made from 16 bytes. */
function uuidOf(bytes: Uint8Array): string {
  const hex = [...bytes].map((byte, at) => {
    const bits = at === 6 ? (byte & 0x0f) | 0x40 : at === 8 ? (byte & 0x3f) | 0x80 : byte;
    return bits.toString(16).padStart(2, "0");
  });
  const part = (from: number, to: number): string => hex.slice(from, to).join("");
  return `${part(0, 4)}-${part(4, 6)}-${part(6, 8)}-${part(8, 10)}-${part(10, 16)}`;
}

function refuseGlobal(name: string, how: { readonly current: Current; readonly isRefusedOutside: boolean }): void {
  const real: unknown = Reflect.get(globalThis, name);
  if (typeof real !== "function") return;
  const stop = (): void => {
    const world = how.current();
    if (world) throw world.refuse(name);
    if (how.isRefusedOutside) throw new Error(`${name} is not available while the functions are loaded.`);
  };
  const guarded = new Proxy(real, {
    apply: (target, self, args: unknown[]) => {
      stop();
      return Reflect.apply(target, self, args) as unknown;
    },
    construct: (target, args: unknown[], newTarget) => {
      stop();
      return Reflect.construct(target, args, newTarget) as object;
    },
  });
  replace(globalThis, name, guarded);
}

function refuseMember(owner: object, ownerName: string, name: string, current: Current): void {
  const real: unknown = Reflect.get(owner, name);
  if (typeof real !== "function") return;
  replace(owner, name, (...args: unknown[]): unknown => {
    const world = current();
    if (world) throw world.refuse(`${ownerName}.${name}`);
    return Reflect.apply(real, owner, args);
  });
}

function installConsole(current: Current, print: (level: "info" | "error", text: string) => void): void {
  const levels = { log: "info", info: "info", debug: "debug", trace: "debug", warn: "warn", error: "error" } as const;
  for (const [name, level] of Object.entries(levels)) {
    replace(console, name, (...args: unknown[]) => {
      const world = current();
      const text = format(...args);
      if (world) world.print(level, text);
      else print(level === "error" ? "error" : "info", text);
    });
  }
}

function catchLeftovers(current: Current, print: (level: "info" | "error", text: string) => void): void {
  const onLeftover = (thrown: unknown): void => {
    const world = current();
    if (world) world.fail(thrown);
    else print("error", format("Outside any call:", thrown));
  };
  process.on("unhandledRejection", onLeftover);
  process.on("uncaughtException", onLeftover);
}

function installProcess(current: Current): void {
  const real = process;
  const guarded = new Proxy(real, {
    get: (target, field) => {
      const world = current();
      if (world && field === "env") return {};
      if (world && typeof field === "string" && !processFields.has(field)) throw world.refuse(`process.${field}`);
      const value: unknown = Reflect.get(target, field, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
  replace(globalThis, "process", guarded);
}
