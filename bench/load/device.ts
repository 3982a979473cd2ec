import { randomBytes } from "node:crypto";
import { collectFunctions, functionVersion, schemaHash } from "bothy/internal";
import type { Json, PokeHeader, ResultMessage, Welcome } from "bothy/internal";
import WebSocket from "ws";
import * as items from "../app/bothy/shared/items.ts";
import schema from "../app/bothy/schema.ts";

/**
 * A device that speaks the protocol and keeps nothing: cheap enough that a thousand of them in one process do not
 * measure themselves.
 */
export interface LoadDevice {
  /** Sends one mutation; resolves when its outcome has arrived, rejects if it was refused. */
  mutate(name: string, args: Json): Promise<void>;
  /** Called with the text of every complete poke message. */
  onPoke(listener: (text: string) => void): void;
  /** Watches a query without arguments. */
  subscribe(name: string, onResult: (value: Json) => void): void;
  close(): void;
}

const functions = collectFunctions({ "shared/items": items });
const hash = schemaHash(schema);

/** Opens a new device of a new user and resolves once it holds what its scopes grant. */
export async function openDevice(port: number): Promise<LoadDevice> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/api/sync`, { perMessageDeflate: false });
  const waiting = new Map<number, { resolve(): void; reject(error: Error): void }>();
  let listener: (text: string) => void = () => {};
  const resultListeners: ((value: Json) => void)[] = [];
  let n = 0;
  const ready = new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("message", (bytes: Buffer) => {
      const text = bytes.toString();
      const end = text.indexOf("\n");
      const head: PokeHeader | Welcome | ResultMessage | { type: "ping" | "error" | "cursor" } = JSON.parse(
        end < 0 ? text : text.slice(0, end),
      );
      if (head.type === "error") reject(new Error(text));
      if (head.type === "ping") socket.send('{"type":"pong"}');
      if (head.type === "result") resultListeners[head.query - 1]?.(head.value ?? null);
      if (head.type !== "poke") return;
      for (const [number, kind, detail] of head.outcomes ?? []) {
        const entry = waiting.get(number);
        waiting.delete(number);
        if (kind === "applied") entry?.resolve();
        else entry?.reject(new Error(`${kind}: ${JSON.stringify(detail)}`));
      }
      listener(text);
      if (head.more !== true) resolve();
    });
  });
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  const device = { id: hex(16), key: hex(32), fence: 1, start: 0, startChain: "0".repeat(32) };
  socket.send(JSON.stringify({ type: "hello", protocol: 1, schema: hash, device, acked: 0, chain: "0".repeat(32) }));
  await ready;
  return {
    mutate: (name, args) =>
      new Promise((resolve, reject) => {
        const declared = functions.get(name);
        if (!declared) throw new Error(`No function ${name}.`);
        n += 1;
        waiting.set(n, { resolve, reject });
        const mutation = { n, nonce: hex(16), name, version: functionVersion(name, declared), args, time: Date.now() };
        socket.send(JSON.stringify({ type: "push", mutations: [mutation] }));
      }),
    onPoke: (next) => (listener = next),
    subscribe: (name, onResult) => {
      resultListeners.push(onResult);
      socket.send(JSON.stringify({ type: "subscribe", query: resultListeners.length, name, args: {} }));
    },
    close: () => socket.close(),
  };
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}
