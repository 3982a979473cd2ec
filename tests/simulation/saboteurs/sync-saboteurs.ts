import type { Saboteur } from "./saboteur.ts";

const server = "packages/bothy-server/src";

/** What can go wrong in sessions of devices. */
export const syncSaboteurs: readonly Saboteur[] = [
  {
    id: "revocation-not-awaited",
    title: "pokes go out although a scope has not run again since what it read was written",
    standsFor: "C9; revoke without invalidation",
    file: `${server}/sync/scope-set.ts`,
    find: "if (slot.isAwaited && slot.subscription?.isCleanAt(version) !== true) return false;",
    replace: "if (version < 0) return slot.subscription?.isCleanAt(version) === true;",
  },
  {
    id: "leaving-row-not-told",
    title: "a row that leaves a range is not told to the devices that hold it",
    standsFor: "C7, C9; rows left when they move between scopes (Electric bbfd752)",
    file: `${server}/sync/range-change.ts`,
    find: "const wasInside = keyIfInside(write.before) !== undefined;",
    replace: "const wasInside = keyIfInside(write.before) !== undefined && keyIfInside(write.after) !== undefined;",
  },
  {
    id: "delete-then-insert-collapsed",
    title: "a row that leaves and comes back between two pokes is told as gone",
    standsFor: "C7; delete and insert of one key collapsed (TanStack/db #1835)",
    file: `${server}/sync/range-change.ts`,
    find: "      entryById.set(row.id, { wasInside, row: { ...row, isNew: !wasInside } });",
    replace: "      if (!known) entryById.set(row.id, { wasInside, row: { ...row, isNew: !wasInside } });",
  },
  {
    id: "records-shared-by-devices",
    title: "the record of what has been applied is kept by number but not by device",
    standsFor: "P4; de-duplication by number without the device",
    file: `${server}/sync/device-record.ts`,
    find: 'return ["outcome", deviceId, n];',
    replace: 'return ["outcome", deviceId.slice(0, 0), n];',
  },
  {
    id: "record-not-in-the-commit",
    title: "the effects of a mutation are committed without the record that it was applied",
    standsFor: "P4; FoundationDB layers: a counter added to twice",
    file: `${server}/sync/device-record.ts`,
    find: "return { ...record, n: record.n + 1, chain: chainNext(record.chain, nonce) };",
    replace:
      "return record.n % 3 === 2 ? record : { ...record, n: record.n + 1, chain: chainNext(record.chain, nonce) };",
  },
  {
    id: "first-number-is-nothing",
    title: "the outcome of a device's first mutation is taken for none",
    standsFor: "C6; id 0 treated as absent (Convex client)",
    file: `${server}/sync/answer-box.ts`,
    find: "      outcomes.push(outcome);",
    replace: "      if (outcome[0] - 1) outcomes.push(outcome);",
  },
  {
    id: "lost-history-not-noticed",
    title: "a cursor that the log cannot contain is taken as one of this history",
    standsFor: "C7; resume tokens that go back in time (PowerSync 60bf5f9)",
    file: `${server}/sync/judge-cursor.ts`,
    find: 'return log.logHash === cursor.logHash ? "held" : "history_lost";',
    replace: 'return "held";',
  },
  {
    id: "window-edge-stays",
    title: "the edge of a window does not move down when rows leave it",
    standsFor: "C7; a window with fewer rows than there are",
    file: `${server}/sync/window-edge.ts`,
    find: 'return count < newest && edge > range.lower ? "down" : "stay";',
    replace: 'return "stay";',
  },
  {
    id: "changes-dropped-when-behind",
    title: "a device that fell behind is told nothing of what it missed",
    standsFor: "C7; a slow reader",
    file: `${server}/sync/device-ranges.ts`,
    find: "if (this.#isBehind) return undefined;",
    replace: "if (this.#isBehind) this.#isBehind = false;",
  },
  {
    id: "number-without-nonce",
    title: "a number that was applied is answered, whosever mutation it was",
    standsFor: "C4, SY18; two copies of a device that number alike",
    file: `${server}/sync/mutation-queue.ts`,
    find: "if (kept && kept.nonce !== nonce) throw copied(n);",
    replace: "",
  },
];
