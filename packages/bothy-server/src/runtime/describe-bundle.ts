import type { World } from "../base/index.ts";
import { startChild } from "./child-source.ts";
import { FunctionProcess } from "./function-process.ts";
import { defaultPoolLimits } from "./limits.ts";
import type { ReadyMessage } from "./messages.ts";
import { loadFailed } from "./outcomes.ts";

/** Loads a bundle in a process of its own, says what it contains, and ends the process. */
export async function describeBundle(world: World, bundlePath: string): Promise<ReadyMessage> {
  const limits = defaultPoolLimits;
  return new Promise((resolve, reject) => {
    let found: ReadyMessage | undefined;
    const process = new FunctionProcess(
      { world, limits, child: startChild(world, limits.heapBytes), bundlePath },
      {
        onReady: (message) => {
          found = message;
          process.end("ended", "it has said what the bundle contains");
        },
        onAnswer: () => undefined,
        onEnd: (end) => {
          cancel();
          if (found === undefined) reject(loadFailed(end.text));
          else resolve(found);
        },
      },
    );
    const cancel = world.clock.after(limits.startMs, () =>
      process.end("time", `not loaded after ${limits.startMs} ms`),
    );
  });
}
