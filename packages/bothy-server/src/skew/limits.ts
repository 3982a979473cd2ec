const dayMs = 86_400_000;

/** How long other schemas are served, and how the census is kept. */
export const skewLimits = {
  /** Devices of a schema are served so long after another has taken its place. */
  supportMs: 90 * dayMs,
  /** What devices say is written together, this long after the first. */
  censusMs: 5_000,
  /** Devices in one commit; the rest follows. */
  censusBatchMax: 500,
  /** When a device was seen is written again after this long, if nothing else is new. */
  seenStepMs: 3_600_000,
} as const;
