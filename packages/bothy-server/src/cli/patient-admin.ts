import { isBothyError } from "bothy/internal";
import type { Json } from "bothy/internal";
import type { Clock } from "../base/index.ts";
import type { AdminConnection } from "../server/index.ts";

const pauseMs = 100;
/** A deployment that holds writes back for a minute is not just busy. */
const pausesMax = 600;

/** A connection whose calls come again while the deployment holds writes back (EN9): such a call has not been run. */
export function patientAdmin(admin: AdminConnection, clock: Clock): AdminConnection {
  return { ...admin, call: (name, args) => callPatiently(admin, clock, { name, args }) };
}

async function callPatiently(
  admin: AdminConnection,
  clock: Clock,
  { name, args }: { readonly name: string; readonly args: Json },
): Promise<Json> {
  for (let pauses = 0; ; pauses++) {
    try {
      return await admin.call(name, args);
    } catch (error) {
      if (!isBothyError(error) || error.code !== "overloaded" || pauses === pausesMax) throw error;
      await new Promise<void>((resolve) => clock.after(pauseMs, resolve));
    }
  }
}
