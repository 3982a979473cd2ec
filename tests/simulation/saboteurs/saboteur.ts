import type { Patch } from "./patch-source.ts";

/** A planted bug: the simulator has to find it, or the simulator is at fault. */
export interface Saboteur extends Patch {
  /** Short, in kebab-case; recorded seeds are filed under it. */
  readonly id: string;
  /** What the bug does, as one would say it in a post-mortem. */
  readonly title: string;
  /** The promise that it breaks, or the incident of another system that it stands for. */
  readonly standsFor: string;
  /** Path of the source file in the repository. */
  readonly file: string;
  /** Exact text that occurs once in the file, and what takes its place. */
  readonly find: string;
  readonly replace: string;
}
