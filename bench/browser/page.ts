// The page of the benchmarks of the client: measurements that run in Chromium, called from outside as `window.bench`.

import { coldStart, readBare, storeRows } from "./cold-start.ts";
import { catchUp, initialSync, reconnect } from "./transfer.ts";
import { localWrites, visibleToOther, rebase } from "./writes.ts";

const bench = { storeRows, coldStart, readBare, initialSync, catchUp, reconnect, localWrites, rebase, visibleToOther };

declare global {
  interface Window {
    readonly bench: typeof bench;
  }
}

Object.assign(window, { bench });
