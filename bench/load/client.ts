import { createClient } from "bothy/client";
import type { BothyClient } from "bothy/client";
import { openMemoryStorage } from "bothy/storage/memory";
import type { ClientStorage } from "bothy/storage/memory";
import WebSocket from "ws";
import { app } from "../app/bothy/_generated/client.js";

/** A real client of the benchmark's app with storage in memory. */
export function openClient(port: number, storage: ClientStorage = openMemoryStorage()): BothyClient {
  return createClient({
    url: `http://127.0.0.1:${port}`,
    app,
    storage,
    // The client asks for what browsers offer, and `ws` offers it under the same names with types of its own.
    webSocket: WebSocket as unknown as new (url: string) => globalThis.WebSocket,
  });
}

/** Resolves once the condition holds; looked at whenever the client's status or the watched rows change. */
export function until(subscribe: (listener: () => void) => () => void, condition: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    if (condition()) return resolve();
    const stop = subscribe(() => {
      if (!condition()) return;
      stop();
      resolve();
    });
  });
}
