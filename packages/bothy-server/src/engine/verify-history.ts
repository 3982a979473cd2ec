import { crc32, type Disk, type Logger } from "../base/index.ts";
import { verifyLog, type LogEnd, type LogPosition, type LogRecord } from "../log/index.ts";
import type { StoreScan } from "../store/index.ts";
import { documentKey, hashKey, recordKey } from "./keys.ts";
import { decodeLogEntry, type LogEntry } from "./log-entry.ts";
import { decodeStored } from "./stored-document.ts";
import type { Reporter } from "./verify-report.ts";

/** What the log is held against. */
export interface HistoryOptions {
  readonly disk: Disk;
  readonly log: Logger;
  /** The folder of the segments. */
  readonly folder: string;
  /** Absent: the log alone is verified. */
  readonly scan?: StoreScan | undefined;
  /** The last version that the store contains. */
  readonly appliedVersion: number;
  /** Documents that the store has. */
  readonly documentCount: number;
  /** Where reading ends; absent: at the end of the log. */
  readonly until?: LogPosition | undefined;
  readonly reporter: Reporter;
}

/** Keys that are remembered at once; the log is read once more for each further part. */
const keysMax = 1_000_000;
const progressRecords = 100_000;

/**
 * Reads the whole log, and holds the store against it: the hash of every version, and that each document and record is what
 * was written last. Fails with `folder_damaged` where the log is not what was written.
 */
export async function verifyHistory(options: HistoryOptions): Promise<LogEnd | undefined> {
  const first = new HistoryPass(options, { part: 0, parts: 1 });
  const end = await first.read();
  first.finish();
  for (let part = 1; part < first.parts; part++) {
    const pass = new HistoryPass(options, { part, parts: first.parts });
    await pass.read();
    pass.finish();
  }
  return end;
}

/** One reading of the log. What a later record may still explain is remembered for the keys of one part of all. */
class HistoryPass {
  readonly #options: HistoryOptions;
  readonly #part: number;
  #parts: number;
  /** Keys that the store has not as the log said last, with what is wrong then. */
  #unexplained = new Map<string, string>();
  #records = 0;
  #matched = 0;
  #hasWrongDocument = false;

  constructor(options: HistoryOptions, { part, parts }: { readonly part: number; readonly parts: number }) {
    this.#options = options;
    this.#part = part;
    this.#parts = parts;
  }

  get parts(): number {
    return this.#parts;
  }

  get #isFirst(): boolean {
    return this.#part === 0;
  }

  async read(): Promise<LogEnd | undefined> {
    const { disk, log, folder, until, reporter } = this.#options;
    const end = await verifyLog({
      disk,
      log,
      folder,
      ...(until === undefined ? {} : { until }),
      onTornEnd: ({ path, cutBytes }) => {
        if (this.#isFirst)
          reporter.note(
            `${path} ends with ${cutBytes} bytes that a stop left unfinished; the next start cuts them off.`,
          );
      },
      onRecord: (record) => this.#take(record),
    });
    if (this.#isFirst) reporter.checked("records of the log", this.#records);
    return end;
  }

  /** What no later record has explained is wrong. */
  finish(): void {
    const { reporter, scan, documentCount } = this.#options;
    for (const [key, problem] of this.#unexplained)
      reporter.find(key.startsWith("d") ? "document_wrong" : "record_wrong", problem);
    if (!this.#isFirst || scan === undefined) return;
    const missing = documentCount - this.#matched;
    // One that was named has no record of its own either.
    if (missing > 0 && !this.#hasWrongDocument)
      reporter.find("document_wrong", `${missing} documents of the store are not as any record of the log wrote them.`);
  }

  #take({ version, hash, text }: LogRecord): void {
    const { scan, appliedVersion, reporter } = this.#options;
    this.#records++;
    if (this.#isFirst && this.#records % progressRecords === 0)
      reporter.progress(`Reading the log: ${this.#records} records.`);
    const entry = decodeLogEntry(text);
    if (scan === undefined || version > appliedVersion) return;
    if (this.#isFirst && scan.read(hashKey(version))?.value !== hash)
      reporter.find("hash_wrong", `The store has another running hash for version ${version} than the log.`);
    for (const write of entry.writes) this.#holdDocument(scan, version, write);
    for (const write of entry.records) this.#holdRecord(scan, write);
  }

  #holdDocument(scan: StoreScan, version: number, { table, id, text }: LogEntry["writes"][number]): void {
    const { reporter } = this.#options;
    const key = documentKey(table, id);
    const found = scan.read(key);
    if (found === undefined) {
      // A later record may have deleted it.
      if (text === null) this.#unexplained.delete(key);
      else
        this.#remember(key, `Document ${id} of table "${table}", written at version ${version}, is not in the store.`);
      return;
    }
    if (found.value === undefined || !this.#isFirst) return;
    const stored = decodeStored(id, found.value);
    if (stored.version === version && stored.text === text) this.#matched++;
    else if (stored.version <= version) {
      this.#hasWrongDocument = true;
      const what = text === null ? "deleted" : "written";
      reporter.find(
        "document_wrong",
        `Document ${id} of table "${table}" was ${what} at version ${version}, and the store has it as of version ${stored.version}.`,
      );
    }
  }

  #holdRecord(scan: StoreScan, write: LogEntry["records"][number]): void {
    const key = recordKey(write.key);
    const found = scan.read(key);
    const isSame = found === undefined ? write.text === null : found.value === undefined || found.value === write.text;
    if (isSame) this.#unexplained.delete(key);
    else this.#remember(key, `The record ${JSON.stringify(write.key)} is not what the log says last.`);
  }

  #remember(key: string, problem: string): void {
    if (crc32(key) % this.#parts !== this.#part) return;
    this.#unexplained.set(key, problem);
    // Only the first reading finds out how many parts there are.
    if (this.#unexplained.size <= keysMax || !this.#isFirst) return;
    this.#parts *= 2;
    for (const one of this.#unexplained.keys())
      if (crc32(one) % this.#parts !== this.#part) this.#unexplained.delete(one);
  }
}
