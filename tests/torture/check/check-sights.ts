import type { Sight, TortureLine } from "../torture-line.ts";
import type { Anomaly } from "./anomaly.ts";
import type { Facts } from "./facts.ts";

/** How soon what one tab has written is to be seen in the device's other tabs. */
const otherTabsWithinMs = 5_000;
/** How long after it runs again a tab may still work through what it missed. */
const wakeMs = 5_000;

type SightAt = Sight & { readonly t: number };
type Own = { readonly tag: string; readonly tab: string; readonly space: string; readonly t: number };

/** C1, C2 and C3: what tabs saw, one result after the other. */
export function checkSights(facts: Facts): Anomaly[] {
  const found: Anomaly[] = [];
  const lastBySpace = new Map<string, SightAt>();
  const ownByDevice = new Map<string, Own[]>();
  const frozen = frozenTimes(facts.lines);
  for (const line of facts.lines) {
    if (line.kind === "local") noteOwn(facts, ownByDevice, line);
    // What is not complete says that it is not; a promise begins where it is.
    if (line.kind !== "saw" || !line.isComplete || line.status !== "ok") continue;
    if (line.left !== line.right) {
      found.push({
        promise: "C3",
        text: `${name(line)} shows ${line.left} on the left and ${line.right} on the right.`,
      });
    }
    const place = `${line.device} ${line.tab} ${line.space}`;
    const before = lastBySpace.get(place);
    if (before) found.push(...checkMonotonic(facts, before, line));
    found.push(...checkOwn(facts, ownByDevice.get(line.device) ?? [], line, frozen));
    lastBySpace.set(place, line);
  }
  return found;
}

function noteOwn(facts: Facts, ownByDevice: Map<string, Own[]>, line: TortureLine & { readonly kind: "local" }): void {
  const call = facts.callByTag.get(line.tag);
  if (call?.op !== "add") return;
  const own = ownByDevice.get(line.device) ?? [];
  ownByDevice.set(line.device, own);
  own.push({ tag: line.tag, tab: line.tab, space: call.space, t: line.t });
}

/** C2: what was shown is shown still, unless somebody took it away, and counters only grow. */
function checkMonotonic(facts: Facts, before: SightAt, now: SightAt): Anomaly[] {
  const user = facts.userByDevice.get(now.device) ?? "";
  if (!facts.permissions.certainlyHad(user, now.space, before.t, now.t)) return [];
  const shown = new Set(now.items);
  const gone = before.items.filter((tag) => !shown.has(tag) && !isExplained(facts, tag, now.t));
  const found: Anomaly[] = gone.map((tag) => ({ promise: "C2", text: `${name(now)} no longer shows ${tag}.` }));
  const isBack =
    now.count < before.count && !facts.restoredAt.some((t) => t <= now.t) && !hasRefused(facts, before, now);
  if (isBack) found.push({ promise: "C2", text: `${name(now)} counts back from ${before.count} to ${now.count}.` });
  return found;
}

/** A count that could not be stored is taken back. */
function hasRefused({ lines }: Facts, before: SightAt, now: SightAt): boolean {
  return lines.some(
    (line) => line.kind === "refused" && line.device === now.device && line.t >= before.t && line.t <= now.t + wakeMs,
  );
}

/** C1: what a device has stored it shows, in the tab that wrote it at once. */
function checkOwn(facts: Facts, own: readonly Own[], now: SightAt, frozen: FrozenTimes): Anomaly[] {
  const user = facts.userByDevice.get(now.device) ?? "";
  const shown = new Set(now.items);
  const wokenAt = frozen.lastBefore(`${now.device} ${now.tab}`, now.t);
  return own.flatMap((one): Anomaly[] => {
    if (one.space !== now.space || shown.has(one.tag)) return [];
    const isDue = one.tab === now.tab || now.t >= one.t + otherTabsWithinMs;
    if (!isDue || now.t < wokenAt + wakeMs) return [];
    if (!facts.permissions.certainlyHad(user, now.space, one.t, now.t) || isExplained(facts, one.tag, now.t)) return [];
    return [{ promise: "C1", text: `${name(now)} does not show ${one.tag}, which this device stored before.` }];
  });
}

/** Why an item may have vanished: taken away, refused, or made before a restored backup brought back an older state. */
function isExplained(facts: Facts, tag: string, by: number): boolean {
  if ((facts.takenAwayAt.get(tag) ?? Number.POSITIVE_INFINITY) <= by) return true;
  if (facts.refused.has(tag) || facts.toldRejected.has(tag) || facts.listed.has(tag)) return true;
  const madeAt = facts.callByTag.get(tag)?.t ?? 0;
  return facts.restoredAt.some((t) => t >= madeAt && t <= by);
}

interface FrozenTimes {
  /** When a tab last began to run again by a moment; while it is frozen, now. */
  lastBefore(tab: string, by: number): number;
}

function frozenTimes(lines: readonly TortureLine[]): FrozenTimes {
  const byTab = new Map<string, { readonly t: number; readonly isFrozen: boolean }[]>();
  for (const line of lines) {
    if (line.kind !== "frozen" && line.kind !== "resumed") continue;
    const tab = `${line.device} ${line.tab}`;
    byTab.set(tab, [...(byTab.get(tab) ?? []), { t: line.t, isFrozen: line.kind === "frozen" }]);
  }
  return {
    lastBefore(tab, by) {
      const last = byTab.get(tab)?.findLast(({ t }) => t <= by);
      if (last === undefined) return Number.NEGATIVE_INFINITY;
      return last.isFrozen ? by : last.t;
    },
  };
}

function name({ device, tab, space, t }: SightAt): string {
  return `At ${t} tab ${tab} of ${device}, in ${space},`;
}
