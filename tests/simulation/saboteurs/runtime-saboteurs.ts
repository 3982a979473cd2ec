import type { Saboteur } from "./saboteur.ts";

const server = "packages/bothy-server/src";
const shared = "packages/bothy/src";

/** What can go wrong in function processes and transactions. */
export const runtimeSaboteurs: readonly Saboteur[] = [
  {
    id: "read-set-forgets-a-range",
    title: "the first range that a function read is not part of its read set",
    standsFor: "P1; a range forgotten in the read set",
    file: `${shared}/transaction/read-set.ts`,
    find: "for (const { rangeRead } of this.#reads) {",
    replace: "for (const { rangeRead } of this.#reads.slice(1)) {",
  },
  {
    id: "read-set-stops-before-the-end",
    title: "a query that came to the end of its range counts as far as its last row only",
    standsFor: "P1; phantoms",
    file: `${shared}/transaction/scan.ts`,
    find: "if (this.#isAtEnd) return range;",
    replace: "if (this.#isAtEnd && this.#lastKey === undefined) return range;",
  },
  {
    id: "hot-rows-miss-new-ones",
    title: "a row that comes into a range held by a function process is not put there",
    standsFor: "P1, P7; a cache that is not invalidated (Convex #52011)",
    file: `${server}/runtime/child/hot-ranges.ts`,
    find: "if (before === undefined && !held.isInside(write.table, write.after)) return 0;",
    replace: "if (before === undefined) return 0;",
  },
  {
    id: "hot-rows-keep-deleted-ones",
    title: "a row that was deleted stays in the hot ranges of function processes",
    standsFor: "P1, P7; a cache that is not invalidated (Convex #52078)",
    file: `${server}/runtime/child/hot-ranges.ts`,
    find: "    held.remove(write.table, write.id);\n    return -costOf(before);",
    replace: "    return -costOf(before);",
  },
  {
    id: "late-read-trusted",
    title: "rows read from the store count as the snapshot's although they were written since",
    standsFor: "P1; a cache insert that races its invalidation (Convex 203a55093)",
    file: `${server}/runtime/child/call-host.ts`,
    find: "answer?.(message.isUnchanged ? rows : undefined);",
    replace: "answer?.(rows);",
  },
  {
    id: "suspect-forgotten",
    title: "the calls of a function process that ended are never answered",
    standsFor: "P12; a promise that nobody settles",
    file: `${server}/runtime/process-group.ts`,
    find: '      if (role === "solo") pending.resolve(exceeded(pending.call.name, end.reason, limits));\n      else onSuspect(pending);',
    replace: '      if (role === "solo") pending.resolve(exceeded(pending.call.name, end.reason, limits));',
  },
  {
    id: "ended-process-rejects",
    title: "calls of a process that ended by another's fault count as failed for good",
    standsFor: "P4, C4; what is nobody's decision becomes a verdict",
    file: `${server}/runtime/process-group.ts`,
    find: '      if (role === "solo") pending.resolve(exceeded(pending.call.name, end.reason, limits));\n      else onSuspect(pending);',
    replace: "      pending.resolve(exceeded(pending.call.name, end.reason, limits));",
  },
  {
    id: "answered-before-durable",
    title: "a query is answered before what it has read is durable",
    standsFor: "P3; a dirty read that a loss of power takes back",
    file: `${server}/runtime/run-call.ts`,
    find: 'if (outcome.kind === "returned" || outcome.kind === "threw") await engine.whenDurable(outcome.snapshot);',
    replace: "",
  },
  {
    id: "half-a-group",
    title: "of a group only the first call is run",
    standsFor: "P2; a transaction that is applied in part",
    file: `${server}/runtime/call-parts.ts`,
    find: 'return callsOf({ ...call, version: "" }).map(',
    replace: 'return callsOf({ ...call, version: "" }).slice(0, 1).map(',
  },
];
