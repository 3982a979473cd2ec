import { createHmac } from "node:crypto";
import type { CallWorld } from "../../../packages/bothy-server/src/base/index.ts";

let current: CallWorld | undefined;

/**
 * Runs the beginning of a function's call with the call's own time and chance. The functions of the simulated app ask for
 * both before they wait for anything; what asks later meets the forbidden globals.
 */
export function runInCallWorld<Result>(world: CallWorld, work: () => Result): Result {
  const before = current;
  current = world;
  try {
    return work();
  } finally {
    current = before;
  }
}

function forbidden(name: string): never {
  throw new Error(`${name} was used inside a simulated run: nothing of the machine may be seen there.`);
}

const names = ["setTimeout", "setInterval", "setImmediate", "fetch", "WebSocket", "MessageChannel", "BroadcastChannel"];

/** Takes the machine's time, chance, timers and threads away until the returned function gives them back. */
export function forbidGlobals(): () => void {
  const restores = [
    replace(globalThis, "Date", simulatedDate()),
    replace(Math, "random", () => (current ? current.random() : forbidden("Math.random"))),
    replace(performance, "now", () => forbidden("performance.now")),
    replace(process, "hrtime", () => forbidden("process.hrtime")),
    replace(crypto, "getRandomValues", () => forbidden("crypto.getRandomValues")),
    replace(crypto, "randomUUID", () => forbidden("crypto.randomUUID")),
    replace(crypto, "subtle", synchronousSubtle),
    ...names.map((name) => replace(globalThis, name, () => forbidden(name))),
  ];
  return () => {
    for (const restore of restores.reverse()) restore();
  };
}

function replace(owner: object, name: string, value: unknown): () => void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  Object.defineProperty(owner, name, { value, writable: true, configurable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(owner, name);
    else Object.defineProperty(owner, name, before);
  };
}

function simulatedDate(): DateConstructor {
  const nowMs = (): number => (current ? current.readTimeMs() : forbidden("Date.now"));
  return new Proxy(Date, {
    construct: (target, args: unknown[], newTarget) =>
      Reflect.construct(target, args.length === 0 ? [nowMs()] : args, newTarget) as object,
    apply: () => forbidden("Date"),
    get: (target, part) => (part === "now" ? nowMs : (Reflect.get(target, part) as unknown)),
  });
}

/** What signs tokens, without the threads of WebCrypto: the same bytes, computed at once. */
const synchronousSubtle = {
  importKey: async (
    _format: string,
    bytes: Uint8Array,
    _algorithm: unknown,
    isExtractable: boolean,
    usages: string[],
  ) =>
    Object.assign(Object.create({ [Symbol.toStringTag]: "CryptoKey" }) as object, {
      type: "secret",
      extractable: isExtractable,
      algorithm: { name: "HMAC", hash: { name: "SHA-256" }, length: bytes.length * 8 },
      usages,
      bytes: bytes.slice(),
    }),
  sign: async (_algorithm: unknown, key: { readonly bytes: Uint8Array }, content: Uint8Array) =>
    new Uint8Array(createHmac("sha256", key.bytes).update(content).digest()).buffer,
  verify: async (
    _algorithm: unknown,
    key: { readonly bytes: Uint8Array },
    signature: Uint8Array,
    content: Uint8Array,
  ) => createHmac("sha256", key.bytes).update(content).digest().equals(signature),
};
