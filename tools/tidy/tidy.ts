import { checkCircles } from "./check-circles.ts";
import { checkDoors } from "./check-doors.ts";
import { checkFolders, checkImports } from "./check-imports.ts";
import { checkLeftovers } from "./check-leftovers.ts";
import { checkNames } from "./check-names.ts";
import { checkRules, type Rule } from "./check-rules.ts";
import { checkWorld } from "./check-world.ts";
import { findingAt, type Finding, type Source } from "./source.ts";

/** What the checks look at. */
export interface Subject {
  readonly sources: readonly Source[];
  readonly rules: readonly Rule[];
}

/** A finding that stays, and why; it is known by its check, its path and a piece of its message. */
export interface Accepted {
  readonly check: string;
  readonly path: string;
  readonly message: string;
  readonly reason: string;
}

/** The folders that must hold sources: a checker that reads no file reports success. */
export const requiredFolders: readonly string[] = ["packages/bothy/src/", "packages/bothy-server/src/", "tools/tidy/"];

/** Runs every check and takes away what is accepted. An acceptance that nothing needs is itself a finding. */
export function tidy(subject: Subject, accepted: readonly Accepted[]): readonly Finding[] {
  const { sources, rules } = subject;
  const findings = [
    ...checkCounts(sources),
    ...sources.flatMap(checkSyntax),
    ...sources.flatMap(checkImports),
    ...checkFolders(sources),
    ...checkCircles(sources),
    ...sources.flatMap(checkWorld),
    ...checkDoors(sources),
    ...sources.flatMap(checkLeftovers),
    ...checkNames(sources.map((source) => source.path)),
    ...checkRules(rules, sources),
  ];
  const remaining = findings.filter((finding) => !accepted.some((one) => isAccepted(finding, one)));
  const unneeded = accepted.filter((one) => !findings.some((finding) => isAccepted(finding, one)));
  return [...remaining, ...unneeded.map(unneededFinding)];
}

function isAccepted(finding: Finding, one: Accepted): boolean {
  return finding.check === one.check && finding.path === one.path && finding.message.includes(one.message);
}

function unneededFinding(one: Accepted): Finding {
  const message = `Nothing needs the acceptance of "${one.message}" in ${one.path}: take it out.`;
  return { check: "accepted", path: "tools/tidy/accepted.json", line: 1, message };
}

function checkCounts(sources: readonly Source[]): readonly Finding[] {
  const empty = requiredFolders.filter((folder) => !sources.some((source) => source.path.startsWith(folder)));
  return empty.map((path) => ({
    check: "count",
    path,
    line: 1,
    message: "No file was read here, so nothing was checked.",
  }));
}

function checkSyntax(source: Source): readonly Finding[] {
  return source.syntaxError === undefined ? [] : [findingAt("syntax", source, 0, source.syntaxError)];
}
