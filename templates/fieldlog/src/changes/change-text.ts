// What a change that waits or was refused is called on the screen.

import { formatCount } from "../format.ts";

const titles: Readonly<Record<string, string>> = {
  "shared/reports:create": "New report",
  "shared/reports:edit": "Edit of a report",
  "shared/reports:review": "Review of a report",
  "shared/reports:closeMany": "Closing of several reports",
  "shared/history:settle": "Decision on a conflict",
  "shared/reports:close": "Closing of a report",
  "shared/reports:reopen": "Reopening of a report",
  "shared/comments:add": "Comment",
  "shared/picks:add": "Airport picked",
  "shared/picks:addMany": "Airports picked",
  "shared/picks:remove": "Airport unpicked",
  "shared/profiles:setName": "Display name",
};

const fieldTitles: Readonly<Record<string, string>> = {
  date: "Date",
  species: "Species",
  size: "Size",
  phase: "Phase",
  timeOfDay: "Time of day",
  damage: "Damage",
  aircraft: "Aircraft",
  operator: "Operator",
  speedKnots: "Speed",
  costRepair: "Repair",
  costOther: "Other costs",
};

export function changeTitle(name: string): string {
  return titles[name] ?? name;
}

/** The new values in a change, in few words. */
export function changeContent(args: unknown): string {
  const { fields, changes, body, name, reportIds, field, choice } = { ...objectOf(args) };
  if (Array.isArray(reportIds)) return formatCount(reportIds.length, "report");
  if (typeof field === "string") {
    return `${fieldTitles[field] ?? field}: ${choice === "take" ? "take back what was replaced" : "keep what it holds"}`;
  }
  if (typeof body === "string") return `“${body}”`;
  if (typeof name === "string") return name;
  const named = fields === undefined ? objectOf(changes) : pick(objectOf(fields), ["species", "date", "damage"]);
  return Object.entries(named)
    .map(([field, value]) => `${fieldTitles[field] ?? field}: ${textOf(value) || "none"}`)
    .join(" · ");
}

/** A value that was typed into a form, as it was typed. */
export function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** The report that a change is about, if it is about one that exists. */
export function reportIdOf(args: unknown): string | undefined {
  const { reportId } = { ...objectOf(args) };
  return typeof reportId === "string" ? reportId : undefined;
}

function pick(object: Readonly<Record<string, unknown>>, names: readonly string[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(names.filter((name) => name in object).map((name) => [name, object[name]]));
}
