/** Something that a promise forbids, found in a history. */
export interface Anomaly {
  /** The promise, or `malformed`: the history says too little to be judged. */
  readonly promise: "C1" | "C2" | "C3" | "C4" | "C5" | "C6" | "C7" | "C8" | "C9" | "malformed";
  readonly text: string;
}
