import type { CallParts } from "./call-function.ts";
import { exportTables } from "../system/index.ts";

/** A reader that takes nothing for so long is cut off: the snapshot that it reads holds back the store. */
const readerPauseMsMax = 60_000;

/** Answers with the lines of `exportTables`, made as they are read, so that no more than a piece is in memory. */
export function exportResponse(
  { engine, world }: Pick<CallParts, "engine" | "world">,
  tables: readonly string[] | undefined,
): Response {
  const pieces = exportTables(engine, tables);
  // Begun before the answer is: what is wrong with the names is still an error of its own.
  let next = pieces.next();
  const encoder = new TextEncoder();
  let cancelTimer = (): void => undefined;
  const end = (): void => {
    cancelTimer();
    pieces.return();
  };
  const body = new ReadableStream<Uint8Array>(
    {
      pull: (controller) => {
        cancelTimer();
        if (next.done === true) {
          end();
          return controller.close();
        }
        controller.enqueue(encoder.encode(next.value));
        next = pieces.next();
        cancelTimer = world.clock.after(readerPauseMsMax, () => {
          world.log.warn("An export was ended: its reader took nothing for a minute.");
          end();
          controller.error(new Error("The reader took nothing for a minute."));
        });
      },
      cancel: end,
    },
    { highWaterMark: 1 },
  );
  return new Response(body, { headers: { "content-type": "application/x-ndjson", "cache-control": "no-store" } });
}
