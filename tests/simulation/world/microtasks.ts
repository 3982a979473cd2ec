import { setFlagsFromString } from "node:v8";
import { compileFunction } from "node:vm";

/**
 * Runs every microtask that waits, now. So a whole run is one step of the real event loop: nothing of the machine (threads,
 * sockets, timers) can get in between, and a run that needs one of them stands still instead of being different each time.
 */
export const runMicrotasks: () => void = createCheckpoint();

function createCheckpoint(): () => void {
  setFlagsFromString("--allow-natives-syntax");
  // Text, because no parser but V8's own knows the syntax.
  const checkpoint = compileFunction("%PerformMicrotaskCheckpoint()");
  return () => void Reflect.apply(checkpoint, undefined, []);
}
