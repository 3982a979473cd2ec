/** Entry of a process that verifies a data folder: LMDB trusts its pages, and what a damaged one ends is this process. */
import { createWorld, endWithParent, openParentPipe } from "../base/index.ts";
import { verifyFolder } from "./verify-folder.ts";
import type { VerifyMessage, VerifyOrder } from "./verify-messages.ts";
import { findingsMax, type Reporter } from "./verify-report.ts";

endWithParent();
const pipe = openParentPipe();
const world = createWorld({ logFormat: "json", logLevel: "error" });
const send = (message: VerifyMessage): void => pipe.send(JSON.stringify(message));

let findingCount = 0;
let sinceMs = world.clock.monotonicMs();
const reporter: Reporter = {
  find: (kind, message) => {
    if (++findingCount <= findingsMax) send({ type: "finding", kind, message });
  },
  note: (text) => send({ type: "note", text }),
  checked: (what, count) => {
    const nowMs = world.clock.monotonicMs();
    send({ type: "checked", what, count, durationMs: Math.round(nowMs - sinceMs) });
    sinceMs = nowMs;
  },
  progress: (text) => send({ type: "progress", text }),
};

pipe.onLine((line) => void verify(JSON.parse(line) as VerifyOrder));

async function verify(order: VerifyOrder): Promise<void> {
  await verifyFolder({ world, ...order, reporter });
  send({ type: "done", findingCount });
}
