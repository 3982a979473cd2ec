import { createClient } from "bothy/client";
import { openMemoryStorage } from "bothy/storage/memory";
import WebSocket from "ws";
import { createActor } from "./actor.ts";
import { app } from "./app/bothy/_generated/client.js";
import type { Device } from "./device.ts";
import type { Recorder } from "./recorder.ts";
import { tagsIn } from "./torture-line.ts";

/** Opens a device in this process that keeps its storage in memory: it is never killed. */
export async function openNodeDevice(
  name: string,
  options: { readonly url: string; readonly recorder: Recorder; readonly spaces: readonly string[] },
): Promise<Device> {
  const { url, recorder, spaces } = options;
  /** A socket that notes the tags in what it is sent. */
  class TappedSocket extends WebSocket {
    constructor(address: string) {
      super(address);
      this.on("message", (bytes: Buffer) => {
        const tags = tagsIn(bytes.toString());
        if (tags.length > 0) recorder.tell({ kind: "wire", device: name, tags });
      });
    }
  }
  const client = createClient({
    url,
    app,
    name,
    storage: openMemoryStorage(),
    // `ws` offers what browsers do, with types of its own.
    webSocket: TappedSocket as unknown as new (url: string) => globalThis.WebSocket,
  });
  const actor = createActor(client, { device: name, tab: "node", tell: recorder.tell });
  const user = await new Promise<string>((resolve) => {
    const look = (): void => {
      const found = client.status.value.identity?.tokenIdentifier;
      if (found !== undefined) resolve(found);
    };
    client.status.subscribe(look);
    look();
  });
  for (const space of [...spaces, `p-${name}`]) actor.watch(space);
  return {
    name,
    user,
    tabs: () => ["node"],
    perform: actor.perform,
    shown: async (_tab, space) => actor.shown(space),
    state: async () => actor.state(),
    heal: async () => undefined,
    storedTags: async () => undefined,
    close: () => client.close(),
  };
}
