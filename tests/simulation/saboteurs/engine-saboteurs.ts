import type { Saboteur } from "./saboteur.ts";

const server = "packages/bothy-server/src";

/** What can go wrong in the engine. */
export const engineSaboteurs: readonly Saboteur[] = [
  {
    id: "commit-told-before-durable",
    title: "a commit is told to sessions as soon as it has its version",
    standsFor: "P3, P7; poke before commit",
    file: `${server}/engine/durability-gate.ts`,
    find: "    this.#waiting.push(commit);",
    replace: "    for (const listener of this.#listeners) callSafely(this.#log, () => listener([commit]));",
  },
  {
    id: "waiters-told-before-durable",
    title: "whoever waits for durability is told at once",
    standsFor: "P3; an acknowledgement before the flush",
    file: `${server}/engine/durability-gate.ts`,
    find: "if (version <= this.#durableVersion) return Promise.resolve();",
    replace: "if (version > 0) return Promise.resolve();",
  },
  {
    id: "vacated-key-forgotten",
    title: "validation does not see the keys that a write has left",
    standsFor: "P1; a forgotten range",
    file: `${server}/engine/recent-writes.ts`,
    find: "const [old, now] = [before?.[i], after?.[i]];",
    replace: "const [old, now]: [string | undefined, string | undefined] = [undefined, after?.[i]];",
  },
  {
    id: "newest-write-not-validated",
    title: "validation overlooks the commit right after the snapshot",
    standsFor: "P1; an off-by-one in the read check",
    file: `${server}/engine/recent-writes.ts`,
    find: "(versions[i] ?? 0) > since; i--)",
    replace: "(versions[i] ?? 0) > since + 1; i--)",
  },
  {
    id: "old-index-entry-kept",
    title: "a document that moves keeps its old index entry",
    standsFor: "P6; stale index entries",
    file: `${server}/engine/stage-commit.ts`,
    find: "if (old !== undefined) staged.push([indexPrefix(tableName, index) + old, undefined]);",
    replace:
      "if (old !== undefined && now === undefined) staged.push([indexPrefix(tableName, index) + old, undefined]);",
  },
  {
    id: "replay-keeps-old-entries",
    title: "reading the log at start does not take away what a document's earlier keys were",
    standsFor: "P2, P6; divergence after a restart",
    file: `${server}/engine/stage-commit.ts`,
    find: "const before = stored === undefined ? null : keysOfText(schema, table, decodeStored(id, stored).text);",
    replace:
      "const before = stored === undefined ? null : keysOfText(schema, table, text ?? decodeStored(id, stored).text);",
  },
  {
    id: "newer-write-dropped",
    title: "what is applied to the store takes newer writes of the same key with it",
    standsFor: "P7; readers miss what is being flushed (Electric fe2c6b2)",
    file: `${server}/engine/pending-layer.ts`,
    find: "const left = withoutApplied(pending, applied);",
    replace: "const left = applied > 0 ? undefined : withoutApplied(pending, applied);",
  },
  {
    id: "snapshot-moves",
    title: "a snapshot shows what was committed after it",
    standsFor: "P7, C3; a torn read",
    file: `${server}/engine/view.ts`,
    find: "while (pending !== undefined && pending.version > version) pending = pending.previous;",
    replace: "",
  },
  {
    id: "book-off-by-one",
    title: "a book leaves out the first version after the one that was asked for",
    standsFor: "C7; a batch at its boundary (Electric f9b25d6)",
    file: `${server}/engine/read-book.ts`,
    find: "entryKey(placed, prefix, kind, since + 1)",
    replace: "entryKey(placed, prefix, kind, since + 2)",
  },
  {
    id: "deletes-not-in-book",
    title: "a book forgets what has left",
    standsFor: "C7; deletes not told to devices that were offline (Triplit #18)",
    file: `${server}/engine/book-notes.ts`,
    find: 'this.#entries.push([entryKey(placed, before, "l", version) + id, came]);',
    replace: "",
  },
  {
    id: "all-gone-ids-told",
    title: "ids of rows that came and went meanwhile are told too",
    standsFor: "C8; an id told to a cursor at which the row was not inside",
    file: `${server}/engine/read-book.ts`,
    find: "if (Number(came) <= since && !present.has(id)) gone.add(id);",
    replace: 'if (came !== "" && !present.has(id)) gone.add(id);',
  },
  {
    id: "unchanged-range-off-by-one",
    title: "a range whose newest change is the one after the cursor counts as unchanged",
    standsFor: "C7; a transaction of exactly the batch's size is not told (Electric f9b25d6)",
    file: `${server}/engine/read-book.ts`,
    find: "if (newestIn(view, books, placed, range.lower) <= since) return unchanged;",
    replace: "if (newestIn(view, books, placed, range.lower) <= since + 1) return unchanged;",
  },
];
