import { createWriteStream } from "node:fs";
import type { Told, TortureLine } from "./torture-line.ts";

/** Writes a history, line by line. */
export interface Recorder {
  /** Notes what the driver itself did or saw. */
  tell(told: Told): void;
  /** Notes a line whose moment somebody else took. */
  note(line: TortureLine): void;
  readonly lineCount: number;
  close(): Promise<void>;
}

export function createRecorder(file: string): Recorder {
  const stream = createWriteStream(file);
  let lineCount = 0;
  const note = (line: TortureLine): void => {
    lineCount += 1;
    stream.write(`${JSON.stringify(line)}\n`);
  };
  return {
    note,
    tell: (told) => note({ t: Date.now(), ...told }),
    get lineCount() {
      return lineCount;
    },
    close: () =>
      new Promise((resolve, reject) => {
        stream.once("error", reject);
        stream.end(resolve);
      }),
  };
}
