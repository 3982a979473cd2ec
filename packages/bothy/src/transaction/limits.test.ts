import { expect, test } from "vitest";
import { createFilter, range, scopeSpecsOf } from "../functions/index.ts";
import { HeldRanges, type Row } from "../ranges/index.ts";
import { defineSchema, defineTable, documentKeys, tableOf } from "../schema/index.ts";
import { checkDocument, decodeValue, limits, makeId, v, type Document, type Value } from "../values/index.ts";
import { createTransaction, type Transaction } from "./create-transaction.ts";
import { fetchWith } from "./fetching.ts";

/** How a limit is met with exactly so much of something, and how one more is refused. */
interface LimitCase {
  readonly code: string;
  readonly use: (amount: number) => unknown;
}

/** Looked at where they are kept: functions.md, sync.md, and the tests of `runtime`, `client` and `sync`. */
type KeptElsewhere = "groupCallsMax" | "argumentsSizeBytes" | "resultSizeBytes" | "frameSizeBytes";

const word = (length: number): string => "x".repeat(length);
const notes = defineTable({ body: v.string() });
const schema = defineSchema({ notes: notes.index("by_body", ["body"]), plain: notes });

function documentOf(fields: Record<string, Value>, k = 0): Document {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, k);
  return { _id: makeId("notes", bytes), _creationTime: 1, ...fields };
}

function nested(levels: number): Value {
  let value: Value = 0;
  for (let level = 0; level < levels; level++) value = [value];
  return value;
}

function numbered<T>(count: number, make: (k: number) => T): T[] {
  return Array.from({ length: count }, (_, k) => make(k));
}

/** Text that makes something of exactly the size wanted; `sizeOf` says the size with none. */
function filled(sizeBytes: number, emptySizeBytes: number): string {
  return word(sizeBytes - emptySizeBytes);
}

const keySizeOf = (body: string): number =>
  documentKeys(tableOf(schema, "notes"), documentOf({ body }))[2]?.length ?? 0;

/** A transaction over so many documents that are held, each counted with a size. */
function over(count: number, sizeBytes: number): Transaction["db"] {
  const held = HeldRanges.create(schema);
  held.hold({ table: "notes", index: "by_id", equalities: 0, lower: "", upper: "\uffff" });
  for (let k = 0; k < count; k++) {
    const document = documentOf({ body: "" }, k);
    const row: Row = { id: document._id, version: 1, keys: documentKeys(tableOf(schema, "notes"), document), document };
    held.put("notes", { ...row, sizeBytes });
  }
  return createTransaction({
    schema,
    held,
    timeMs: 1,
    nextId: (table, k) => {
      const bytes = new Uint8Array(16).fill(255);
      new DataView(bytes.buffer).setUint32(0, k);
      return makeId(table, bytes);
    },
    isReadOnly: false,
    allowSystemTables: false,
    fetch: fetchWith(() => Promise.reject(new Error("everything is held"))),
  }).db;
}

const mebibyte = 1_048_576;

async function insertAll(db: Transaction["db"], bodies: Iterable<string>): Promise<void> {
  for (const body of bodies) await db.insert("plain", { body });
}

/** Bodies of which the documents have exactly so many bytes together. */
function* bodiesOf(sizeBytes: number): Generator<string> {
  const empty = checkDocument("notes", documentOf({ body: "" }));
  for (let left = sizeBytes; left > 0;) {
    // What is left is enough for a document of its own.
    const next = left <= mebibyte ? left : Math.min(mebibyte, left - empty);
    yield filled(next, empty);
    left -= next;
  }
}

const cases: Record<Exclude<keyof typeof limits, KeptElsewhere>, LimitCase> = {
  documentSizeBytes: {
    code: "document_too_large",
    use: (amount) =>
      checkDocument("t", documentOf({ body: filled(amount, checkDocument("t", documentOf({ body: "" }))) })),
  },
  nestingMax: {
    code: "document_invalid",
    // The document itself is the first level.
    use: (amount) => checkDocument("t", documentOf({ list: nested(amount - 1) })),
  },
  wireNestingMax: { code: "value_invalid", use: (amount) => decodeValue(nested(amount) as never) },
  fieldsMax: {
    code: "document_invalid",
    use: (amount) => checkDocument("t", documentOf({ all: Object.fromEntries(numbered(amount, (k) => [`f${k}`, 0])) })),
  },
  arrayLengthMax: {
    code: "document_invalid",
    use: (amount) => checkDocument("t", documentOf({ list: numbered(amount, () => 0) })),
  },
  fieldNameLengthMax: {
    code: "document_invalid",
    use: (amount) => checkDocument("t", documentOf({ [word(amount)]: 0 })),
  },
  nestedFieldNameLengthMax: {
    code: "document_invalid",
    use: (amount) => checkDocument("t", documentOf({ inside: { [word(amount)]: 0 } })),
  },
  indexKeySizeBytes: {
    code: "index_key_too_large",
    use: (amount) => keySizeOf(filled(amount, keySizeOf(""))),
  },
  tablesMax: {
    code: "schema_invalid",
    use: (amount) => defineSchema(Object.fromEntries(numbered(amount, (k) => [`table${k}`, notes]))),
  },
  tableNameLengthMax: { code: "schema_invalid", use: (amount) => defineSchema({ [word(amount)]: notes }) },
  indexNameLengthMax: {
    code: "schema_invalid",
    use: (amount) => defineSchema({ notes: notes.index(word(amount), ["body"]) }),
  },
  indexesPerTableMax: {
    code: "schema_invalid",
    // Two come with every table.
    use: (amount) =>
      defineSchema({
        notes: numbered(amount - 2, (k) => `by_${k}`).reduce(
          (table, name) => table.index(name, ["body"]) as typeof notes,
          notes,
        ),
      }),
  },
  fieldsPerIndexMax: {
    code: "schema_invalid",
    use: (amount) => {
      const names = numbered(amount, (k) => `f${k}`);
      const table = defineTable(Object.fromEntries(names.map((name) => [name, v.number()])));
      return defineSchema({ notes: table.index("by_all", names as [string, ...string[]]) });
    },
  },
  projectionsPerTableMax: {
    code: "schema_invalid",
    use: (amount) => {
      const names = numbered(amount, (k) => `f${k}`);
      const fields = defineTable(Object.fromEntries(names.map((name) => [name, v.number()])));
      const table = names.reduce(
        (built, name, k) => built.projection(name, ["f0", ...names.slice(1, k + 1)]) as typeof fields,
        fields,
      );
      return defineSchema({ notes: table });
    },
  },
  filterOperatorsMax: {
    code: "limit_exceeded",
    use: (amount) =>
      createFilter((q) => {
        let all = q.eq(1, 1);
        for (let k = 1; k < amount; k++) all = q.not(all);
        return all;
      }),
  },
  windowRowsMax: { code: "range_invalid", use: (amount) => range("notes", "by_body").newest(amount) },
  rangesPerScopeMax: {
    code: "limit_exceeded",
    use: (amount) =>
      scopeSpecsOf(
        "mine",
        numbered(amount, () => range("notes", "by_body")),
      ),
  },
  transactionReadBytes: {
    code: "transaction_too_large",
    use: (amount) =>
      over(2, amount / 2)
        .query("notes")
        .collect(),
  },
  transactionReadDocuments: {
    code: "transaction_too_large",
    use: (amount) => over(amount, 1).query("notes").collect(),
  },
  transactionReadRanges: {
    code: "transaction_too_large",
    use: async (amount) => {
      const db = over(1, 1);
      for (let k = 0; k < amount; k++) await db.get(documentOf({})._id);
    },
  },
  transactionWriteBytes: {
    code: "transaction_too_large",
    use: (amount) => insertAll(over(0, 0), bodiesOf(amount)),
  },
  transactionWriteDocuments: {
    code: "transaction_too_large",
    use: (amount) =>
      insertAll(
        over(0, 0),
        numbered(amount, () => ""),
      ),
  },
};

for (const [name, { code, use }] of Object.entries(cases)) {
  const limit = limits[name as keyof typeof cases];
  test(`[VA16] [TX11] as much as ${name} allows is taken, one more is refused as ${code}`, async () => {
    const attempt = async (amount: number): Promise<unknown> => await use(amount);
    await expect(attempt(limit)).resolves.not.toThrow();
    await expect(attempt(limit + 1)).rejects.toMatchObject({
      code,
      message: expect.any(String),
      fix: expect.any(String),
    });
  });
}
