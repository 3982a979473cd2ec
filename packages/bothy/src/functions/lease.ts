import { BothyError } from "../errors/index.ts";

/** For how long a device may use what a scope returned without any contact: milliseconds, or a number of minutes, hours or days. */
export type Lease = number | `${number}${"m" | "h" | "d"}`;

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A device in contact hears of it at least so often: less would end while it is connected. */
const leaseMsMin = 60_000;

/** Reads a lease; one that is no time, or shorter than a minute, is `usage_invalid`. */
export function leaseMsOf(lease: unknown): number {
  const [, count, unit] = /^(\d+)([mhd])$/.exec(typeof lease === "string" ? lease : "") ?? [];
  const leaseMs = unit === undefined ? lease : Number(count) * (unitMs[unit] ?? Number.NaN);
  if (typeof leaseMs === "number" && leaseMs >= leaseMsMin && Number.isSafeInteger(leaseMs)) return leaseMs;
  throw new BothyError("usage_invalid", {
    message: `A scope was made with the lease ${String(lease)}.`,
    fix: 'Give milliseconds, at least a minute, or a text such as "30d", "8h" or "90m".',
  });
}
