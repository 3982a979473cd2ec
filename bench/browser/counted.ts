import { createClient, type BothyClient } from "bothy/client";
import { openIndexedDbStorage } from "bothy/storage/indexeddb";
import { app } from "../app/bothy/_generated/client.js";

/** What went over the sockets of a client. */
export interface Traffic {
  sentCount: number;
  sentBytes: number;
  receivedBytes: number;
  /** Messages sent when the first whole poke had come: one is one round trip. */
  sentBeforePoke: number | undefined;
  /** When set, pushes are swallowed. */
  isHoldingPushes: boolean;
  /** Called with the type of each message that comes. */
  onMessage: (type: string) => void;
}

/** A client whose sockets are counted; text of one byte a letter, as the rows of the benchmark are. */
export function openCounted(name: string): { readonly client: BothyClient; readonly traffic: Traffic } {
  const traffic: Traffic = {
    sentCount: 0,
    sentBytes: 0,
    receivedBytes: 0,
    sentBeforePoke: undefined,
    isHoldingPushes: false,
    onMessage: () => undefined,
  };
  class CountedSocket extends WebSocket {
    constructor(url: string) {
      super(url);
      this.addEventListener("message", ({ data }: MessageEvent<string>) => {
        traffic.receivedBytes += data.length;
        const type = /^\{"type":"(\w+)"/.exec(data)?.[1] ?? "";
        if (type === "poke") traffic.sentBeforePoke ??= traffic.sentCount;
        traffic.onMessage(type);
      });
    }

    override send(text: string): void {
      if (traffic.isHoldingPushes && text.startsWith('{"type":"push"')) return;
      traffic.sentCount += 1;
      traffic.sentBytes += text.length;
      super.send(text);
    }
  }
  const storage = openIndexedDbStorage(name);
  const client = createClient({ app, url: location.origin, name, storage, webSocket: CountedSocket });
  return { client, traffic };
}

/** Resolves once a cursor has come: what is held is proved, and nothing more is to be said. */
export function whenSealed(traffic: Traffic): Promise<void> {
  return new Promise((resolve) => {
    traffic.onMessage = (type) => {
      if (type === "cursor") resolve();
    };
  });
}

/** Bytes of rows as they travel, without what stands around them. */
export function wireBytesOf(rows: readonly object[]): number {
  return rows.reduce((sum, row) => sum + JSON.stringify([1_000, row]).length + 1, 0);
}
