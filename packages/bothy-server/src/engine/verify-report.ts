/** What verification finds wrong, by what has to be done about it: the log is the database, the store can be made from it. */
export type FindingKind =
  /** It was not looked at to the end: the process that looked was ended by others. */
  | "unfinished"
  /** The log is not what was written. */
  | "log_damaged"
  /** The store cannot be read, or does not say what it holds. */
  | "store_unreadable"
  /** An entry does not match its checksum, or stands where nothing of ours does. */
  | "entry_damaged"
  /** A document or record is not what the log says last. */
  | "document_wrong"
  | "record_wrong"
  /** An index does not say what the documents say. */
  | "index_wrong"
  /** What is kept for catching up does not say what the documents say. */
  | "book_wrong"
  /** The running hash that the store keeps of a version is not that of the log. */
  | "hash_wrong";

/** One thing that is wrong: what, where, and what to do. */
export interface Finding {
  readonly kind: FindingKind;
  readonly message: string;
  readonly fix: string;
}

/** One thing that was looked at whole. */
export interface Checked {
  readonly what: string;
  readonly count: number;
  readonly durationMs: number;
}

/** What a verification came to. */
export interface FolderReport {
  readonly folder: string;
  /** `running`: a server writes; what was applied to the store when the verification began has been looked at. */
  readonly state: "closed" | "running";
  readonly checked: readonly Checked[];
  /** At most `findingsMax`; `findingCount` is how many there were. */
  readonly findings: readonly Finding[];
  readonly findingCount: number;
  /** What is as it may be, and worth knowing. */
  readonly notes: readonly string[];
}

/** Findings that are listed one by one. */
export const findingsMax = 100;

/** Takes what a verification comes to, piece by piece. */
export interface Reporter {
  find(kind: FindingKind, message: string): void;
  note(text: string): void;
  checked(what: string, count: number): void;
  progress(text: string): void;
}

/** What to do about a finding. */
export function fixOf(kind: FindingKind): string {
  if (kind === "unfinished") return "Give the machine room (memory first) and run the command again.";
  return kind === "log_damaged"
    ? "Keep a copy of the whole data folder, check the disk, and restore the folder from a backup: the log cannot be made from anything else."
    : "Stop the server and run `bothy doctor --repair`: the store is set aside and made from the log again.";
}
