import { describeOptions } from "./run/options.ts";
import type { SeedEnd } from "./worker-pool.ts";

/** Lines of a story; everything else is in the steps, which `STEPS=all` prints. */
const linesMax = 60;

const lineLengthMax = 240;

/** Tells what a seed came to: its options, what was broken, and the events that matter around it. */
export function tellStory(end: SeedEnd): string {
  if (end.kind === "died")
    return `Seed ${end.seed}: the worker did not come to an end. Replay: SEED=${end.seed} npm run simulate`;
  const { seed, options, broken, difference, lines = [], hash, stepCount } = end.report;
  const out = [`Seed ${seed}: ${describeOptions(options)}`, `${stepCount} steps, hash ${hash}`, ""];
  if (difference !== undefined) out.push("The seed is not deterministic: two runs of it part at", difference, "");
  if (broken.length === 0 && difference === undefined) return [...out, "All promises were kept."].join("\n");
  const isWhole = process.env["STEPS"] === "all";
  const wanted = isWhole ? lines : eventsAround(lines, broken);
  out.push(...wanted.map((line) => (isWhole ? line : line.slice(0, lineLengthMax))), "");
  for (const { promise, what } of broken.slice(0, 8)) out.push(`BROKEN ${promise}: ${what}`);
  if (broken.length > 8) out.push(`… and ${broken.length - 8} more`);
  return [...out, "", `Replay: SEED=${seed} npm run simulate (every step: STEPS=all)`].join("\n");
}

const incident =
  /ends:|dies|starts$|is open|could not|warns|says|is killed|is closed|is opened|fault|offline|comes online|steps|faults have ended/;

/** Faults and restarts, and whatever names an operation that a broken promise names. */
function eventsAround(
  lines: readonly string[],
  broken: readonly { readonly what: string; readonly atMs?: number }[],
): readonly string[] {
  const named = new Set(broken.slice(0, 2).flatMap(({ what }) => what.match(/\bop\d+\b|device\d+\.\d+ calls/g) ?? []));
  const isWanted = (line: string): boolean => {
    if (/ net\d+:\S*$| disk | restart$| server\d+$| device\S+$|\/fn\d+$/.test(line)) return false;
    return incident.test(line) || [...named].some((name) => new RegExp(`\\b${name}\\b`).test(line));
  };
  const wanted = lines.filter(isWanted);
  return wanted.length <= linesMax ? wanted : [...wanted.slice(0, 10), "      …", ...wanted.slice(10 - linesMax)];
}
