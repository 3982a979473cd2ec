import type { Anomaly } from "./anomaly.ts";
import type { Facts } from "./facts.ts";

/** C8 and C9: what crossed the wire, and what devices store in the end. */
export function checkLeaks(facts: Facts): Anomaly[] {
  const found: Anomaly[] = [];
  const grantedInTheEnd = new Set(
    facts.lines.flatMap((line) => (line.kind === "final" && line.isGranted ? [`${line.device} ${line.space}`] : [])),
  );
  for (const line of facts.lines) {
    if (line.kind === "wire") {
      const foreign = line.tags.filter((tag) => !mayHaveBeenSent(facts, line.device, tag, line.t));
      for (const tag of foreign) found.push({ promise: "C8", text: `${line.device} was sent ${tag} at ${line.t}.` });
    }
    if (line.kind !== "stored") continue;
    for (const tag of [...line.rows, ...line.calls]) {
      if (mayHaveBeenSent(facts, line.device, tag, line.t)) continue;
      found.push({ promise: "C8", text: `${line.device} stores ${tag}, which it was never to have.` });
    }
    for (const tag of line.rows) {
      // What left a space by an edit may lie on the disk until the segments are written anew.
      if (facts.takenAwayAt.has(tag)) continue;
      const spaces = facts.spacesOnServer.get(tag) ?? [];
      if (spaces.length === 0 || spaces.some((space) => grantedInTheEnd.has(`${line.device} ${space}`))) continue;
      found.push({
        promise: "C9",
        text: `${line.device} still stores ${tag}, though ${spaces.join()} was taken from it.`,
      });
    }
  }
  return found;
}

/** Its own, or in a space that its user may have had at some moment since the tag came into being. */
function mayHaveBeenSent(facts: Facts, device: string, tag: string, by: number): boolean {
  const call = facts.callByTag.get(tag);
  if (call === undefined) return false;
  if (call.device === device) return true;
  const user = facts.userByDevice.get(device) ?? "";
  return facts.spacesOf(tag, by).some((space) => facts.permissions.mayHaveHad(user, space, call.t, by));
}
