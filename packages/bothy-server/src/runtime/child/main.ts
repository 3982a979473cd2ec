/** Entry of a function process: everything comes in by one pipe and leaves by it. */
import { unreachable } from "bothy/internal";
import { endWithParent, installFunctionGlobals, openParentPipe } from "../../base/index.ts";
import { lineOf } from "../messages.ts";
import type { FromProcess, StartMessage, ToProcess } from "../messages.ts";
import { CallHost } from "./call-host.ts";
import { HotRanges } from "./hot-ranges.ts";
import { loadBundle } from "./load-bundle.ts";

endWithParent();
const pipe = openParentPipe();
const send = (message: FromProcess): void => pipe.send(lineOf(message));
const globals = installFunctionGlobals((level, text) => send({ type: "print", level, text }));
let host: CallHost | undefined;
let hotBytes = 0;

pipe.onLine((line) => {
  // The parent is this very release.
  const message = JSON.parse(line) as ToProcess;
  switch (message.type) {
    case "start":
      return void start(message);
    case "hot":
      hotBytes = message.budgetBytes;
      return host?.setHotBudget(hotBytes);
    case "commit":
      return host?.applyCommit(message);
    case "call":
      return host?.call(message);
    case "rows":
      return host?.answerRead(message);
    default:
      return unreachable(message);
  }
});

async function start({ bundlePath, callMs }: StartMessage): Promise<void> {
  try {
    const bundle = loadBundle(await globals.importFile(bundlePath));
    host = new CallHost({ globals, send, bundle, callMs, hot: new HotRanges(bundle.schema, hotBytes) });
    send({ type: "ready", ...bundle.description });
  } catch (thrown) {
    send({ type: "unready", cause: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) });
  }
}
