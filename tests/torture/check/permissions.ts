import type { TortureLine } from "../torture-line.ts";

/** Who may have seen what, as far as a history can tell: a grant or revocation happened somewhere between its call and its answer. */
export interface Permissions {
  /** Whether a user may have had a space at some moment of a stretch of time. */
  mayHaveHad(user: string, space: string, from: number, to: number): boolean;
  /** Whether a user certainly had it all the time. */
  certainlyHad(user: string, space: string, from: number, to: number): boolean;
}

interface Stretch {
  readonly from: number;
  to: number;
}

interface Stretches {
  readonly possible: Stretch[];
  readonly certain: Stretch[];
}

/** Reads grants, revocations and restored backups; lines in the order of their moments. */
export function readPermissions(lines: readonly TortureLine[]): Permissions {
  const byName = new Map<string, Stretches>();
  const of = (user: string, space: string): Stretches => {
    const name = `${user} ${space}`;
    const known = byName.get(name) ?? { possible: [], certain: [] };
    byName.set(name, known);
    return known;
  };
  for (const line of lines) {
    if (line.kind === "restored") for (const each of byName.values()) restore(each, line);
    if (line.kind !== "grant" && line.kind !== "revoke") continue;
    const { possible, certain } = of(line.user, line.space);
    if (line.kind === "grant" && line.phase === "call") open(possible, line.t);
    if (line.kind === "grant" && line.phase === "done") open(certain, line.t);
    if (line.kind === "revoke" && line.phase === "call") close(certain, line.t);
    if (line.kind === "revoke" && line.phase === "done") close(possible, line.t);
  }
  const stretchesOf = (user: string, space: string): Stretches => byName.get(`${user} ${space}`) ?? of(user, space);
  return {
    mayHaveHad: (user, space, from, to) =>
      stretchesOf(user, space).possible.some((one) => one.from <= to && one.to >= from),
    certainlyHad: (user, space, from, to) =>
      stretchesOf(user, space).certain.some((one) => one.from <= from && one.to >= to),
  };
}

function open(stretches: Stretch[], t: number): void {
  const last = stretches.at(-1);
  if (last === undefined || last.to < t) stretches.push({ from: t, to: Number.POSITIVE_INFINITY });
}

function close(stretches: Stretch[], t: number): void {
  const last = stretches.at(-1);
  if (last !== undefined && last.to > t) last.to = t;
}

/** What was granted when the backup was taken, or since, may be granted again, and nothing is certain any longer. */
function restore({ possible, certain }: Stretches, line: TortureLine & { readonly kind: "restored" }): void {
  close(certain, line.t);
  const wasOpen = possible.some(({ from, to }) => from <= line.t && to >= line.takenAt);
  if (wasOpen) open(possible, line.t);
}
