import { unreachable } from "bothy/internal";
import type { FunctionGlobals } from "../../base/index.ts";
import { lineOf } from "../messages.ts";
import type { FromProcess, StartMessage, ToProcess } from "../messages.ts";
import { CallHost } from "./call-host.ts";
import { HotRanges } from "./hot-ranges.ts";
import { loadBundle } from "./load-bundle.ts";

/** What a function process stands on: its globals, and the pipe to its parent. */
export interface FunctionHostParts {
  readonly globals: FunctionGlobals;
  readonly send: (line: string) => void;
}

/** The inside of a function process, whatever its pipe is made of: lines in, lines out. */
export function startFunctionHost({ globals, send: sendLine }: FunctionHostParts): { receive(line: string): void } {
  const send = (message: FromProcess): void => sendLine(lineOf(message));
  let host: CallHost | undefined;
  let hotBytes = 0;
  const start = async ({ bundlePath, callMs }: StartMessage): Promise<void> => {
    try {
      const bundle = loadBundle(await globals.importFile(bundlePath));
      host = new CallHost({ globals, send, bundle, callMs, hot: new HotRanges(bundle.schema, hotBytes) });
      send({ type: "ready", ...bundle.description });
    } catch (thrown) {
      send({ type: "unready", cause: thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown) });
    }
  };
  return {
    receive(line) {
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
    },
  };
}
