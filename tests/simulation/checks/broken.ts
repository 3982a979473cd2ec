/** A promise that a run has broken. */
export interface Broken {
  /** Its id in docs/spec/promises.md. */
  readonly promise: string;
  readonly what: string;
  /** When it showed, in virtual milliseconds, if that is known. */
  readonly atMs?: number;
}
