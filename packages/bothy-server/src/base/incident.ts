import { hexOfBytes } from "bothy/internal";
import type { LogFields } from "./log-line.ts";
import type { World } from "./world.ts";

const incidentBytes = 6;

/**
 * Logs a fault of ours with its cause, and returns the incident under which it stands in the log: all that a caller is
 * told. The fields say where it happened, and hold nothing that the caller wrote.
 */
export function reportFault(
  { log, random }: Pick<World, "log" | "random">,
  message: string,
  { error, ...where }: LogFields & { readonly error: unknown },
): string {
  const incident = hexOfBytes(random.bytes(incidentBytes));
  log.error(message, { incident, ...where, error });
  return incident;
}
