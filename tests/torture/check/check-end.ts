import type { Content, TortureLine } from "../torture-line.ts";
import type { Anomaly } from "./anomaly.ts";
import type { Facts } from "./facts.ts";

/** How soon after the healing nothing may wait any longer. */
const quietWithinMs = 10_000;

/** C4 to C7 and a part of C9: what is there in the end. */
export function checkEnd(facts: Facts): Anomaly[] {
  return [...checkLoss(facts), ...checkOnce(facts), ...checkRejected(facts), ...checkConvergence(facts)];
}

/** C4: what a device held for stored is there, or is listed as rejected. */
function checkLoss(facts: Facts): Anomaly[] {
  const found: Anomaly[] = [];
  for (const tag of facts.stored) {
    const call = facts.callByTag.get(tag);
    if (call?.op !== "add" && call?.op !== "claim") continue;
    const isThere = facts.spacesOnServer.has(tag) || facts.listed.has(tag) || facts.takenAwayAt.has(tag);
    if (!isThere) found.push({ promise: "C4", text: `${tag} was stored, and is neither there nor rejected.` });
  }
  for (const { space, count, least } of counters(facts)) {
    if (count < least)
      found.push({ promise: "C4", text: `${space} counts ${count}, though ${least} counts were stored.` });
  }
  return found;
}

/** C5: nothing took effect twice, and nothing has two outcomes. */
function checkOnce(facts: Facts): Anomaly[] {
  const found: Anomaly[] = [];
  for (const [tag, spaces] of facts.spacesOnServer) {
    if (spaces.length > 1) found.push({ promise: "C5", text: `${tag} is there ${spaces.length} times.` });
    if (facts.refused.has(tag)) {
      found.push({ promise: "C5", text: `${tag} was refused by the device, and took effect.` });
    }
  }
  for (const { space, count, most } of counters(facts)) {
    if (count > most) found.push({ promise: "C5", text: `${space} counts ${count}, though only ${most} were called.` });
  }
  const outcomes = new Set<string>();
  for (const line of facts.lines) {
    if (line.kind !== "outcome") continue;
    if (outcomes.has(line.tag)) found.push({ promise: "C5", text: `${line.tag} has two outcomes.` });
    outcomes.add(line.tag);
  }
  return found;
}

/** The counters in the end, with the fewest and the most that they may say. */
function counters(facts: Facts): { space: string; count: number; least: number; most: number }[] {
  const server = facts.lines.filter((line) => line.kind === "server");
  return server.map(({ space, count }) => {
    const bumps = [...facts.callByTag.values()].filter((call) => call.op === "bump" && call.space === space);
    const possible = bumps.filter(({ tag }) => !facts.refused.has(tag));
    const certain = possible.filter(({ tag }) => facts.stored.has(tag) && !facts.listed.has(tag));
    return { space, count, least: certain.length, most: possible.length };
  });
}

/** C6: what was rejected is not there, and is listed. */
function checkRejected(facts: Facts): Anomaly[] {
  const found: Anomaly[] = [];
  for (const tag of new Set([...facts.toldRejected, ...facts.listed])) {
    const isThere = facts.spacesOnServer.has(tag);
    if (isThere && facts.listed.has(tag)) found.push({ promise: "C6", text: `${tag} is rejected, and is there.` });
    if (!isThere && !facts.listed.has(tag)) {
      found.push({ promise: "C6", text: `${tag} was rejected, and is not listed.` });
    }
  }
  for (const line of facts.lines) {
    if (line.kind !== "final") continue;
    for (const tag of [...line.items, ...line.claims]) {
      if (facts.listed.has(tag)) {
        found.push({ promise: "C6", text: `${line.device} still shows ${tag}, which was rejected.` });
      }
    }
  }
  return found;
}

/** C7: all that may see the same show the same as the deployment, and nothing waits. C9: who may not see it shows nothing. */
function checkConvergence(facts: Facts): Anomaly[] {
  const found: Anomaly[] = [];
  const server = new Map(facts.lines.flatMap((line) => (line.kind === "server" ? [[line.space, line]] : [])));
  for (const line of facts.lines) {
    if (line.kind === "final") found.push(...checkFinal(line, server.get(line.space)));
    if (line.kind === "ended" && line.waiting > 0) {
      found.push({ promise: "C7", text: `${line.device} has ${line.waiting} mutations left in its outbox.` });
    }
    if (line.kind === "quiet" && line.afterMs > quietWithinMs) {
      found.push({ promise: "C7", text: `${line.device} was quiet only ${line.afterMs} ms after everything was up.` });
    }
  }
  return found;
}

function checkFinal(line: TortureLine & { readonly kind: "final" }, server: Content | undefined): Anomaly[] {
  const shown = textOf(line);
  if (!line.isGranted) {
    const nothing = textOf({ items: [], claims: [], left: "", count: 0 });
    if (shown === nothing) return [];
    return [{ promise: "C9", text: `${line.device} shows ${shown} of ${line.space}, which it may not see.` }];
  }
  if (server === undefined || shown === textOf(server)) return [];
  return [{ promise: "C7", text: `${line.device} shows ${shown} of ${line.space}; there is ${textOf(server)}.` }];
}

function textOf({ items, claims, left, count }: Content): string {
  return JSON.stringify({ items: items.toSorted(), claims: claims.toSorted(), left, count });
}
