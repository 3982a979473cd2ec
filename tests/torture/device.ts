import type { Call, Content } from "./torture-line.ts";

/** One device of the torture, whatever it runs in. */
export interface Device {
  readonly name: string;
  readonly user: string;
  /** The tabs in which something can be done now. */
  tabs(): readonly string[];
  perform(call: Call): void;
  /** What a tab shows of a space, over which it may call; undefined: it cannot be asked now. */
  shown(tab: string, space: string): Promise<Content | undefined>;
  /** What waits in the outbox, and what was refused; undefined: it cannot be asked now. */
  state(): Promise<{ readonly waiting: number; readonly rejected: readonly string[] } | undefined>;
  /** Ends everything that the torture did to the device itself. */
  heal(): Promise<void>;
  /** Every tag in its storage; undefined: it has none that lasts. */
  storedTags(): Promise<{ readonly rows: readonly string[]; readonly calls: readonly string[] } | undefined>;
  close(): Promise<void>;
}
