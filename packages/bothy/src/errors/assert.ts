import { BothyError } from "./bothy-error.ts";

/** States a belief of the code about itself; a broken one ends the operation as `internal`. */
export function assert(condition: unknown, belief: string): asserts condition {
  if (!condition) throw brokenBelief(belief);
}

/** Ends a switch over a union, so that the compiler names the case that was forgotten. */
export function unreachable(x: never): never {
  throw brokenBelief(`no case is left, yet there was ${JSON.stringify(x)}`);
}

function brokenBelief(belief: string): BothyError {
  return new BothyError("internal", {
    message: `This did not hold: ${belief}.`,
    fix: "This is a bug in Bothy: please report it.",
  });
}
