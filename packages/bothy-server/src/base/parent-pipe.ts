import { Socket } from "node:net";
import { createLinePipe, type LinePipe } from "./line-pipe.ts";

const pipeDescriptor = 3;
/** Taken before the functions' stand-in for `process` is installed. */
const { nextTick } = process;

/** The child's end of the pipe that `Processes.spawn` opens; the process ends when its parent does. */
export function openParentPipe(): LinePipe {
  const stream = new Socket({ fd: pipeDescriptor, readable: true, writable: true });
  stream.on("error", () => process.exit(0));
  stream.on("end", () => process.exit(0));
  stream.on("close", () => process.exit(0));
  // Outcomes are collected for a round of events already: they need not wait for the next one.
  return createLinePipe(stream, () => process.exit(1), nextTick);
}
