import type { Json } from "./messages.ts";

/** One call of a group: what a mutation that is pushed alone says in fields. */
export type GroupedCall = readonly [name: string, version: string, args: Json];

/** The name of a mutation that is a group of calls. Functions have names with a colon. */
export const groupName = "group";

/** The calls that a mutation consists of: those of a group, or itself. What comes from outside has been parsed. */
export function callsOf({
  name,
  version,
  args,
}: {
  name: string;
  version: string;
  args: Json;
}): readonly GroupedCall[] {
  return name === groupName ? (args as readonly Json[] as readonly GroupedCall[]) : [[name, version, args]];
}
