import { validate, type Value } from "../values/index.ts";
import { functionVersion } from "./collect-functions.ts";
import type { ArgumentsObject, RegisteredFunction } from "./registered-function.ts";

/** The arguments of a call as the function takes them now: brought up, if it says how, where the caller's app is older. */
export function bringUp(
  name: string,
  registered: RegisteredFunction,
  { args, version }: { readonly args: Value; readonly version?: string },
): Value {
  const older = registered.upcasts?.find((one) => functionVersion(name, one) === version);
  if (!older) return args;
  validate(older.args, args, "arguments_invalid", name);
  // Whatever it makes is checked as arguments are.
  return older.up(args as ArgumentsObject) as Value;
}
