// What a change that waits, was sent or was refused is called on the screen, and what it does, in plain words.

import { fieldNames, type ReportFields } from "../../bothy/shared/fields.ts";
import { formatCount } from "../format.ts";
import { fieldLabels, fieldText } from "../reports/field-text.ts";

/** What a change does to one field. */
export interface ChangeLine {
  readonly label: string;
  /** What its author saw before; absent where nothing stood or nobody knows. */
  readonly from?: string;
  readonly to: string;
}

/** A change as it is shown. */
export interface ChangeText {
  readonly title: string;
  readonly lines: readonly ChangeLine[];
  /** Words of a person, as they wrote them. */
  readonly quote?: string;
  /** The report that it is about, if that has an id; or the key under which it was filed here. */
  readonly reportId?: string;
  readonly draft?: { readonly airportId: string; readonly draftKey: string };
  readonly airportId?: string;
}

const titles: Readonly<Record<string, string>> = {
  "shared/reports:create": "New report",
  "shared/reports:edit": "Edit of a report",
  "shared/reports:review": "Review of a report",
  "shared/reports:unreview": "Review of a report taken back",
  "shared/reports:close": "Closing of a report",
  "shared/reports:closeMany": "Closing of several reports",
  "shared/reports:reopen": "Reopening of a report",
  "shared/reports:reopenMany": "Reopening of several reports",
  "shared/history:settle": "Decision on a conflict",
  "shared/comments:add": "Comment",
  "shared/picks:add": "Airport picked",
  "shared/picks:addMany": "Airports picked",
  "shared/picks:remove": "Airport unpicked",
  "shared/profiles:setName": "Display name",
};

type Arguments = Readonly<Record<string, unknown>>;

/** The name under which the client lists calls that are one. */
const groupName = "group";

/** Says what a call does; of a call that this app does not know, its name. */
export function describeChange(name: string, args: unknown): ChangeText {
  if (name === groupName) return describeGroup(args);
  const { reportId, airportId, draftKey, body, name: newName } = objectOf(args);
  const quote = [body, newName].find((text) => typeof text === "string");
  return {
    title: titleOf(name, objectOf(args)),
    lines: linesOf(objectOf(args)),
    ...(typeof quote === "string" && { quote }),
    ...(typeof reportId === "string" && { reportId }),
    ...(typeof airportId === "string" && typeof draftKey === "string" && { draft: { airportId, draftKey } }),
    ...(typeof airportId === "string" && { airportId }),
  };
}

function titleOf(name: string, { reportIds, airportIds }: Arguments): string {
  if (Array.isArray(reportIds)) {
    const act = name === "shared/reports:reopenMany" ? "Reopening" : "Closing";
    return `${act} of ${formatCount(reportIds.length, "report")}`;
  }
  if (Array.isArray(airportIds)) return `${formatCount(airportIds.length, "airport")} picked`;
  return titles[name] ?? name;
}

function linesOf({ fields, changes, seen, field, choice }: Arguments): readonly ChangeLine[] {
  if (typeof field === "string") {
    return [{ label: fieldTitle(field), to: choice === "take" ? "take back what was replaced" : "keep what it holds" }];
  }
  return fields === undefined ? editLines(objectOf(changes), objectOf(seen)) : newLines(objectOf(fields));
}

function describeGroup(args: unknown): ChangeText {
  const calls: readonly unknown[] = Array.isArray(args) ? args : [];
  const parts = calls.map((call) => (Array.isArray(call) ? describeChange(String(call[0]), call[2]) : undefined));
  return {
    title: parts.map((part) => part?.title ?? "Change").join(", "),
    lines: parts.flatMap((part) => part?.lines ?? []),
  };
}

function editLines(changes: Arguments, seen: Arguments): readonly ChangeLine[] {
  return Object.entries(changes).map(([field, value]) => ({
    label: fieldTitle(field),
    ...(field in seen && { from: valueText(field, seen[field]) }),
    to: valueText(field, value),
  }));
}

/** What a new report is recognised by. */
function newLines(fields: Arguments): readonly ChangeLine[] {
  return ["species", "date", "damage"]
    .filter((field) => field in fields)
    .map((field) => ({ label: fieldTitle(field), to: valueText(field, fields[field]) }));
}

function fieldTitle(field: string): string {
  const known = fieldNames.find((name) => name === field);
  return known === undefined ? field : fieldLabels[known];
}

function valueText(field: string, value: unknown): string {
  const known = fieldNames.find((name) => name === field);
  if (known === undefined) return textOf(value);
  return fieldText(known, typeof value === "string" || typeof value === "number" ? value : null);
}

/** A value that was typed into a form, as it was typed. */
export function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** The fields of what a call was given; none where it was given something else. */
export function objectOf(value: unknown): Arguments {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

/** A rejected change was checked when it was made here, so its fields have their types; its values are in question. */
export function fieldsOf(changes: unknown): Partial<ReportFields> {
  return objectOf(changes);
}

/** The report that a change is about, if it is about one that exists. */
export function reportIdOf(args: unknown): string | undefined {
  const { reportId } = { ...objectOf(args) };
  return typeof reportId === "string" ? reportId : undefined;
}

const advices: Readonly<Record<string, string>> = {
  report_closed: "Reopen the report, then try again. Or write it as a comment: closed reports take those.",
  report_missing: "The report is gone, so there is nothing left to change. Discard it.",
  invalid_report: "Edit it, then send it again.",
  invalid_text: "Edit it, then send it again.",
  airport_missing: "Edit it and choose another airport.",
  comment_missing: "The comment that it answers is gone. Discard it, or write it as a comment of its own.",
  too_many_picks: "Unpick another airport, then try again.",
};

/** What a person can do about a refusal, where this app knows. */
export function adviceOf(error: unknown): string | undefined {
  const { kind } = objectOf(objectOf(error)["data"]);
  if (typeof kind === "string") return advices[kind];
  return undefined;
}
