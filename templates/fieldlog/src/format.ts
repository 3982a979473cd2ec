// How days, moments, amounts and codes are written on the screen.

import type { Doc } from "../bothy/_generated/dataModel.js";
import type { Damage } from "../bothy/shared/fields.ts";

const dayFormat = new Intl.DateTimeFormat("en", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const monthFormat = new Intl.DateTimeFormat("en", { month: "long", year: "numeric", timeZone: "UTC" });
const momentFormat = new Intl.DateTimeFormat("en", { dateStyle: "medium", timeStyle: "short" });
const timeFormat = new Intl.DateTimeFormat("en", { timeStyle: "medium" });
const dollarFormat = new Intl.NumberFormat("en", { style: "currency", currency: "USD", maximumFractionDigits: 0 });
const shortDollarFormat = new Intl.NumberFormat("en", {
  style: "currency",
  currency: "USD",
  notation: "compact",
  maximumSignificantDigits: 3,
});
const shareFormat = new Intl.NumberFormat("en", { style: "percent", maximumSignificantDigits: 2 });
const countFormat = new Intl.NumberFormat("en");

export function formatDay(date: string): string {
  const timeMs = Date.parse(date);
  return Number.isNaN(timeMs) ? date : dayFormat.format(timeMs);
}

export function formatMonth(date: string): string {
  const timeMs = Date.parse(date);
  return Number.isNaN(timeMs) ? date : monthFormat.format(timeMs);
}

export function formatMoment(timeMs: number): string {
  return momentFormat.format(timeMs);
}

export function formatTime(timeMs: number): string {
  return timeFormat.format(timeMs);
}

export function formatDollars(amount: number): string {
  return dollarFormat.format(amount);
}

/** To three digits, as $3.24M: for where amounts are compared rather than read. */
export function formatDollarsShort(amount: number): string {
  return shortDollarFormat.format(amount);
}

export function formatShare(share: number): string {
  return shareFormat.format(share);
}

export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${countFormat.format(count)} ${count === 1 ? one : many}`;
}

/** How much room, to three figures at most. */
export function formatBytes(sizeBytes: number): string {
  const megabytes = sizeBytes / 1_000_000;
  if (megabytes < 1) return `${Math.ceil(sizeBytes / 1000)} kB`;
  return `${megabytes.toFixed(megabytes < 10 ? 1 : 0)} MB`;
}

/** How long ago, coarsely: it is read at a glance. */
export function formatAge(ageMs: number): string {
  const minutes = Math.floor(ageMs / 60_000);
  if (minutes < 1) return "just now";
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${Math.floor(minutes / (24 * 60))} d ago`;
}

/** How long something has been waiting: to the second at first, because one watches it. */
export function formatWait(ageMs: number): string {
  const seconds = Math.max(0, Math.floor(ageMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

export function damageLabel(damage: Damage): string {
  if (damage === "None") return "No damage";
  return damage === "B" || damage === "C" ? `Mishap class ${damage}` : `${damage} damage`;
}

/** The same for a row, where a colour stands beside it. */
export function damageWord(damage: Damage): string {
  return damage === "B" || damage === "C" ? `Class ${damage}` : damage;
}

const statusLabels = { open: "Open", reviewed: "Reviewed", closed: "Closed" } as const;

export function statusLabel(status: Doc<"reports">["status"]): string {
  return statusLabels[status];
}

interface Place {
  readonly city?: string | undefined;
  readonly state?: string | undefined;
  readonly country: string;
}

/** Where an airport lies, as far as that is known. */
export function placeOf(airport: Place): string {
  return [airport.city, airport.state ?? (airport.country === "USA" ? undefined : airport.country)]
    .filter((part) => part !== undefined)
    .join(", ");
}
