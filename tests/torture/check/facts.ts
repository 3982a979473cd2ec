import type { Call, TortureLine } from "../torture-line.ts";
import { spaceOfTag } from "../torture-line.ts";
import { readPermissions, type Permissions } from "./permissions.ts";

/** What several checks need to know of a history. */
export interface Facts {
  readonly lines: readonly TortureLine[];
  readonly permissions: Permissions;
  readonly userByDevice: ReadonlyMap<string, string>;
  readonly callByTag: ReadonlyMap<string, Call & { readonly t: number }>;
  /** Tags that a device holds for stored, and those that it refused itself. */
  readonly stored: ReadonlySet<string>;
  readonly refused: ReadonlySet<string>;
  /** Tags that were told to be rejected, and those that are listed in the end. */
  readonly toldRejected: ReadonlySet<string>;
  readonly listed: ReadonlySet<string>;
  /** When somebody first called for an item to be moved or removed. */
  readonly takenAwayAt: ReadonlyMap<string, number>;
  readonly restoredAt: readonly number[];
  /** Where the deployment has each tag in the end, once for each time that it has it. */
  readonly spacesOnServer: ReadonlyMap<string, readonly string[]>;
  /** The spaces in which a tag may have been by a moment. */
  spacesOf(tag: string, by: number): readonly string[];
}

/** Collects what the checks look up. Lines of one tab keep their order; all are ordered by their moments. */
export function collectFacts(unordered: readonly TortureLine[]): Facts {
  const lines = unordered.toSorted((a, b) => a.t - b.t);
  const callByTag = new Map<string, Call & { readonly t: number }>();
  const userByDevice = new Map<string, string>();
  const sets = {
    stored: new Set<string>(),
    refused: new Set<string>(),
    toldRejected: new Set<string>(),
    listed: new Set<string>(),
  };
  const takenAwayAt = new Map<string, number>();
  const movesByTag = new Map<string, { readonly to: string; readonly t: number }[]>();
  const restoredAt: number[] = [];
  const spacesOnServer = new Map<string, string[]>();
  for (const line of lines) {
    if (line.kind === "device") userByDevice.set(line.device, line.user);
    if (line.kind === "local") sets.stored.add(line.tag);
    if (line.kind === "refused") sets.refused.add(line.tag);
    if (line.kind === "outcome" && line.outcome === "rejected") sets.toldRejected.add(line.tag);
    if (line.kind === "ended") for (const tag of line.rejected) sets.listed.add(tag);
    if (line.kind === "restored") restoredAt.push(line.t);
    if (line.kind === "server") {
      for (const tag of [...line.items, ...line.claims]) {
        spacesOnServer.set(tag, [...(spacesOnServer.get(tag) ?? []), line.space]);
      }
    }
    if (line.kind !== "call") continue;
    callByTag.set(line.tag, line);
    if (line.item === undefined) continue;
    if (!takenAwayAt.has(line.item)) takenAwayAt.set(line.item, line.t);
    if (line.to !== undefined) {
      movesByTag.set(line.item, [...(movesByTag.get(line.item) ?? []), { to: line.to, t: line.t }]);
    }
  }
  return {
    lines,
    permissions: readPermissions(lines),
    userByDevice,
    callByTag,
    ...sets,
    takenAwayAt,
    restoredAt,
    spacesOnServer,
    spacesOf: (tag, by) => [
      spaceOfTag(tag),
      ...(movesByTag.get(tag) ?? []).filter(({ t }) => t <= by).map(({ to }) => to),
    ],
  };
}
