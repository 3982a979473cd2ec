import { assert } from "bothy/internal";
import type { AppendFile, Clock, Disk } from "../base/index.ts";
import { LogFigures } from "./log-figures.ts";
import type { LogEnd, LogPosition } from "./read-log.ts";
import { encodeRecord, firstHash, sealRecord } from "./record.ts";
import { encodeSegmentHead, segmentName } from "./segment.ts";

/** What a log needs, and whom it tells. */
export interface CommitLogOptions {
  readonly disk: Disk;
  readonly clock: Clock;
  readonly folder: string;
  /** A segment that has reached this size is the last one's predecessor. */
  readonly segmentSizeBytes?: number;
  /** Called once a group is on the disk, with the place of its last record. */
  readonly onDurable: (last: LogPosition) => void;
  /** A write or sync failed: nothing after it may be trusted, and nothing is tried again. */
  readonly onFailure: (error: unknown) => void;
}

/** Segments are rolled at this size. */
export const segmentSizeMax = 64 * 1_048_576;

interface Pending {
  readonly version: number;
  readonly hash: string;
  readonly bytes: Buffer;
}

interface OpenSegment {
  readonly firstVersion: number;
  readonly file: AppendFile;
}

/** The end of the log: takes records, writes all that wait in one write and one sync, and tells when they are durable. */
export class CommitLog {
  readonly figures: LogFigures = new LogFigures();
  readonly #options: CommitLogOptions;
  readonly #serverId: string;
  #segment: OpenSegment | undefined;
  #version: number;
  #hash: string;
  #durableHash: string;
  #durableVersion: number;
  #pending: Pending[] = [];
  #state: "idle" | "writing" | "failed" | "closed" = "idle";
  #idleWaiters: (() => void)[] = [];

  private constructor(options: CommitLogOptions, end: Omit<LogEnd, "segment">, segment: OpenSegment | undefined) {
    this.#options = options;
    this.#serverId = end.serverId;
    this.#version = end.version;
    this.#durableVersion = end.version;
    this.#hash = end.hash;
    this.#durableHash = end.hash;
    this.#segment = segment;
  }

  /** Makes the log of a new server; its first segment appears with the first record. */
  static async create(options: CommitLogOptions, serverId: string): Promise<CommitLog> {
    await options.disk.makeFolder(options.folder, 0o700);
    return new CommitLog(options, { serverId, version: 0, hash: firstHash }, undefined);
  }

  /** Goes on at the end that `recoverLog` found, and left on the disk. */
  static async open(options: CommitLogOptions, end: LogEnd): Promise<CommitLog> {
    const file = await options.disk.openAppend(`${options.folder}/${segmentName(end.segment)}`);
    return new CommitLog(options, end, { firstVersion: end.segment, file });
  }

  get serverId(): string {
    return this.#serverId;
  }

  /** The running hash up to the last record appended. */
  get hash(): string {
    return this.#hash;
  }

  /** Takes the next record and returns the running hash with it. Durability is told by `onDurable`. */
  append(version: number, text: string): string {
    assert(this.#state !== "failed" && this.#state !== "closed", "an ended log takes no record");
    assert(version === this.#version + 1, "versions of the log have no gap");
    const { bytes, hash } = encodeRecord(version, text, this.#hash);
    this.#version = version;
    this.#hash = hash;
    this.#pending.push({ version, hash, bytes });
    if (this.#state === "idle") {
      this.#state = "writing";
      // What the event loop still has to serve may bring records that share this group's sync.
      this.#options.clock.soon(() => void this.#write());
    }
    return hash;
  }

  /** Resolves once everything appended is durable. */
  async flush(): Promise<void> {
    while (this.#state === "writing") await new Promise<void>((resolve) => this.#idleWaiters.push(resolve));
  }

  /** Waits for what was appended and closes the file. */
  async close(): Promise<void> {
    await this.flush();
    if (this.#state === "closed") return;
    this.#state = "closed";
    await this.#segment?.file.close();
  }

  async #write(): Promise<void> {
    try {
      while (this.#pending.length > 0) {
        const group = this.#pending;
        this.#pending = [];
        const last = await this.#writeGroup(group);
        this.#durableVersion = last.version;
        this.#durableHash = last.hash;
        this.#options.onDurable(last);
      }
      this.#state = "idle";
    } catch (error) {
      this.#state = "failed";
      this.#options.onFailure(error);
    } finally {
      for (const wake of this.#idleWaiters.splice(0)) wake();
    }
  }

  async #writeGroup(group: readonly Pending[]): Promise<LogPosition> {
    const first = group[0];
    const last = group.at(-1);
    assert(
      first !== undefined && last !== undefined && first.version === this.#durableVersion + 1,
      "a group continues the log",
    );
    for (const { bytes, version } of group) sealRecord(bytes, version, first.version);
    const parts: Buffer[] = group.map(({ bytes }) => bytes);
    const { segment, isNew } = await this.#segmentFor(first.version);
    if (isNew) parts.unshift(this.#headFor(first.version));
    const start = segment.file.sizeBytes;
    const bytes = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts);
    await segment.file.append(bytes);
    await this.#sync(segment.file);
    this.figures.writtenBytes += bytes.length;
    this.figures.groupRecords.observe(group.length);
    // The name of a new file must survive as well as its content.
    if (isNew) await this.#options.disk.syncFolder(this.#options.folder);
    const offset = start + bytes.length - last.bytes.length;
    return { version: last.version, hash: last.hash, segment: segment.firstVersion, offset };
  }

  async #sync(file: AppendFile): Promise<void> {
    const { clock } = this.#options;
    const startMs = clock.monotonicMs();
    await file.sync();
    this.figures.syncSeconds.observe((clock.monotonicMs() - startMs) / 1_000);
  }

  #headFor(firstVersion: number): Buffer {
    return encodeSegmentHead({ firstVersion, serverId: this.#serverId, hashBefore: this.#durableHash });
  }

  async #segmentFor(firstVersion: number): Promise<{ segment: OpenSegment; isNew: boolean }> {
    const { disk, folder, segmentSizeBytes = segmentSizeMax } = this.#options;
    const current = this.#segment;
    if (current !== undefined && current.file.sizeBytes < segmentSizeBytes) return { segment: current, isNew: false };
    await current?.file.close();
    const file = await disk.openAppend(`${folder}/${segmentName(firstVersion)}`);
    // A segment of this name that was cut away may have left its bytes behind on a disk that lost the removal.
    if (file.sizeBytes > 0) await file.truncate(0);
    this.#segment = { firstVersion, file };
    return { segment: this.#segment, isNew: true };
  }
}
