import { callsOf } from "bothy/internal";
import type { FunctionCall } from "./function-pool.ts";

/** A function with its arguments. */
export type CallPart = Pick<FunctionCall, "name" | "args" | "version">;

/** The functions that a call runs in its one transaction: its own, or those of a group. */
export function partsOf(call: FunctionCall): readonly CallPart[] {
  if (call.isGroup !== true) return [call];
  return callsOf({ ...call, version: "" }).map(([name, version, args]) => ({ name, version, args }));
}
