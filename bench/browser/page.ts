// The page of the benchmarks of the client: measurements that run in Chromium, called from outside as `window.bench`.

import { coldStart, readBare, storeRows } from "./cold-start.ts";

const bench = { storeRows, coldStart, readBare };

declare global {
  interface Window {
    readonly bench: typeof bench;
  }
}

Object.assign(window, { bench });
