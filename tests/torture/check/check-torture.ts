import type { TortureLine } from "../torture-line.ts";
import type { Anomaly } from "./anomaly.ts";
import { checkEnd } from "./check-end.ts";
import { checkLeaks } from "./check-leaks.ts";
import { checkSights } from "./check-sights.ts";
import { collectFacts } from "./facts.ts";

export type { Anomaly } from "./anomaly.ts";

/** Finds in the history of a torture what the promises C1 to C9 forbid (docs/spec/torture.md). */
export function checkTorture(lines: readonly TortureLine[]): Anomaly[] {
  const facts = collectFacts(lines);
  return [...checkShape(lines), ...checkSights(facts), ...checkEnd(facts), ...checkLeaks(facts)];
}

/** A history without an end, or in which nothing happened, proves nothing. */
function checkShape(lines: readonly TortureLine[]): Anomaly[] {
  const needed = ["run", "device", "local", "saw", "wire", "healed", "quiet", "server", "final", "ended"] as const;
  const missing: Anomaly[] = needed
    .filter((kind) => !lines.some((line) => line.kind === kind))
    .map((kind) => ({ promise: "malformed", text: `There is no line of kind "${kind}".` }));
  const storedCount = lines.reduce((sum, line) => sum + (line.kind === "stored" ? line.rows.length : 0), 0);
  if (storedCount === 0) missing.push({ promise: "malformed", text: "Nothing was found in any storage." });
  const devices = new Set(lines.flatMap((line) => (line.kind === "device" ? [line.device] : [])));
  for (const device of devices) {
    const hasEnded = lines.some((line) => line.kind === "ended" && line.device === device);
    if (!hasEnded) missing.push({ promise: "malformed", text: `Nobody knows how ${device} ended.` });
  }
  return missing;
}
