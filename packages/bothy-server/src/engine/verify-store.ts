import {
  decodeKey,
  documentKeys,
  parseValue,
  type Document,
  type Key,
  type Schema,
  type TableDefinition,
} from "bothy/internal";
import type { ScannedEntry, StoreScan } from "../store/index.ts";
import { documentKey, indexPrefix } from "./keys.ts";
import { decodeStored } from "./stored-document.ts";
import type { Reporter } from "./verify-report.ts";

interface Tally {
  /** Documents by table, as far as they can be read. */
  readonly documentsByTable: Map<string, number>;
  /** Entries by index prefix. */
  readonly entriesByIndex: Map<string, number>;
  readonly byKind: Map<string, number>;
  entries: number;
}

const pageEntries = 1_000;
const progressEntries = 100_000;

/**
 * Reads the whole store once in the order of its keys: every checksum, every document with its entry in each index, and by
 * count that no index has more. Memory does not grow with the store. Returns how many documents can be read.
 */
export function verifyStore(scan: StoreScan, schema: Schema, reporter: Reporter): number {
  const tally: Tally = { documentsByTable: new Map(), entriesByIndex: new Map(), byKind: new Map(), entries: 0 };
  const places = indexPlaces(schema);
  tally.entries = verifyEntries(scan, reporter, (entry) => {
    const kind = entry.key.slice(0, 1);
    count(tally.byKind, kind);
    if (kind === "d") verifyDocument({ scan, schema, reporter, tally }, entry);
    else if (kind === "i") countIndexEntry(places, tally, entry.key);
    else if (!knownKinds.has(kind))
      reporter.find("entry_damaged", `The entry ${nameOf(entry.key)} is of no kind that is kept.`);
  });
  verifyCounts({ scan, schema, reporter, tally }, places);
  reporter.checked("entries of the store", tally.entries);
  reporter.checked("of them documents", tally.byKind.get("d") ?? 0);
  reporter.checked("of them index entries", tally.byKind.get("i") ?? 0);
  return [...tally.documentsByTable.values()].reduce((sum, documents) => sum + documents, 0);
}

/** Reads all entries with their checksums, in order, as many as the store says to have; returns how many there are. */
export function verifyEntries(
  scan: StoreScan,
  reporter: Reporter,
  visit: (entry: ScannedEntry) => void = () => undefined,
): number {
  let entries = 0;
  for (const entry of allEntries(scan, reporter)) {
    entries++;
    if (entries % progressEntries === 0) reporter.progress(`Reading the store: ${entries} entries.`);
    if (entry.value === undefined)
      reporter.find("entry_damaged", `The value of ${nameOf(entry.key)} is not what was written.`);
    // A page above it that leads elsewhere shows only when the entry is asked for by its key.
    if (scan.read(entry.key) === undefined)
      reporter.find("entry_damaged", `The entry ${nameOf(entry.key)} is there and cannot be found by its key.`);
    visit(entry);
  }
  if (scan.entryCount !== undefined && scan.entryCount !== entries) {
    reporter.find(
      "entry_damaged",
      `The store says that it has ${scan.entryCount} entries, and ${entries} can be reached: pages are lost.`,
    );
  }
  return entries;
}

const knownKinds: ReadonlySet<string> = new Set(["\0", "b", "d", "h", "i", "m", "r"]);

/** All entries in order; ends where the order does. */
function* allEntries(scan: StoreScan, reporter: Reporter): Generator<ScannedEntry> {
  let lower = "\0";
  let before = "";
  for (;;) {
    const page = scan.entriesFrom(lower, pageEntries);
    for (const entry of page) {
      if (entry.key <= before) {
        reporter.find(
          "entry_damaged",
          `The entry ${nameOf(entry.key)} stands behind ${nameOf(before)}: a page is not where it belongs.`,
        );
        return;
      }
      before = entry.key;
      yield entry;
    }
    if (page.length < pageEntries) return;
    lower = `${before}\0`;
  }
}

interface Verification {
  readonly scan: StoreScan;
  readonly schema: Schema;
  readonly reporter: Reporter;
  readonly tally: Tally;
}

interface FoundDocument {
  readonly table: TableDefinition | undefined;
  readonly name: string;
  readonly id: string;
  readonly keys: readonly Key[];
}

function verifyDocument(verification: Verification, { key, value }: ScannedEntry): void {
  const { scan, reporter, tally } = verification;
  if (value === undefined) return;
  const found = readDocument(verification.schema, key, value);
  if (typeof found === "string")
    return reporter.find("document_wrong", `The document at ${nameOf(key)} cannot be read: ${found}.`);
  const { table, name, id, keys } = found;
  count(tally.documentsByTable, name);
  // Documents of a table that the schema no longer has stay, without indexes.
  for (const [i, index] of (table?.indexes ?? []).entries()) {
    if (i === 0) continue;
    const entry = scan.read(indexPrefix(name, index) + (keys[i] ?? ""));
    if (entry === undefined)
      reporter.find("index_wrong", `Index "${index.name}" of table "${name}" lacks document ${id}.`);
    else if (entry.value !== undefined && entry.value !== id)
      reporter.find(
        "index_wrong",
        `Index "${index.name}" of table "${name}" names ${entry.value} where document ${id} stands.`,
      );
  }
}

/** What stands at the key of a document; a text says why it is none. */
function readDocument(schema: Schema, key: string, value: string): FoundDocument | string {
  try {
    const nameEnd = key.indexOf("\0");
    const name = key.slice(1, nameEnd);
    const [id] = decodeKey(key.slice(nameEnd + 1));
    if (typeof id !== "string" || documentKey(name, id) !== key) return "its key is none of a document";
    // Written as a document of its table, and read under a checksum.
    const document = parseValue(decodeStored(id, value).text) as Document;
    if (document._id !== id) return `it says to be ${document._id}`;
    const table = Object.hasOwn(schema.tables, name) ? schema.tables[name] : undefined;
    return { table, name, id, keys: table === undefined ? [] : documentKeys(table, document) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

interface IndexPlace {
  readonly table: string;
  readonly index: string;
  readonly position: number;
  readonly prefix: string;
}

function indexPlaces(schema: Schema): ReadonlyMap<string, IndexPlace> {
  const places = new Map<string, IndexPlace>();
  for (const table of Object.values(schema.tables)) {
    for (const [position, index] of table.indexes.entries()) {
      const prefix = indexPrefix(table.name, index);
      if (position > 0) places.set(prefix, { table: table.name, index: index.name, position, prefix });
    }
  }
  return places;
}

function indexPrefixOf(key: string): string {
  return key.slice(0, key.indexOf("\0", key.indexOf("\0") + 1) + 1);
}

function countIndexEntry(places: ReadonlyMap<string, IndexPlace>, tally: Tally, key: string): void {
  const prefix = indexPrefixOf(key);
  count(tally.entriesByIndex, places.has(prefix) ? prefix : "");
}

/** Every document has its entry, so an index with as many entries as there are documents has no other. */
function verifyCounts(verification: Verification, places: ReadonlyMap<string, IndexPlace>): void {
  const { tally, reporter } = verification;
  for (const place of places.values()) {
    const documents = tally.documentsByTable.get(place.table) ?? 0;
    if ((tally.entriesByIndex.get(place.prefix) ?? 0) > documents) nameExtraEntries(verification, place);
  }
  const leftOver = tally.entriesByIndex.get("") ?? 0;
  if (leftOver > 0)
    reporter.note(
      `${leftOver} entries are of indexes that the schema does not have: being built, or left by a change of the schema.`,
    );
  for (const [table, documents] of tally.documentsByTable) {
    if (!Object.hasOwn(verification.schema.tables, table))
      reporter.note(`${documents} documents are of table "${table}", which the schema does not have; they are kept.`);
  }
}

function nameExtraEntries({ scan, schema, reporter }: Verification, place: IndexPlace): void {
  for (let lower = place.prefix; ;) {
    const page = scan.entriesFrom(lower, pageEntries);
    for (const { key, value } of page) {
      if (!key.startsWith(place.prefix)) return;
      lower = `${key}\0`;
      if (value === undefined) continue;
      const at = documentKey(place.table, value);
      const stored = scan.read(at)?.value;
      const found = stored === undefined ? "there is no such document" : readDocument(schema, at, stored);
      if (typeof found !== "string" && place.prefix + (found.keys[place.position] ?? "") === key) continue;
      const why = typeof found === "string" ? found : "the document stands elsewhere";
      reporter.find(
        "index_wrong",
        `Index "${place.index}" of table "${place.table}" has an entry for ${value} too many: ${why}.`,
      );
    }
    if (page.length < pageEntries) return;
  }
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** A key in words, as far as it is text. */
export function nameOf(key: string): string {
  return JSON.stringify(key.length > 120 ? `${key.slice(0, 120)}…` : key);
}
