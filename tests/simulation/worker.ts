// Entry of a worker process: is sent seeds, runs each twice, and sends back what they came to.

import { simulateSeed, type SeedRun } from "./run/simulate-seed.ts";

process.on("unhandledRejection", () => undefined);

if (process.send) {
  process.on("message", (request: SeedRequest) => {
    process.send?.(reportOf(request));
  });
}

/** What a worker is asked for. */
export interface SeedRequest {
  readonly seed: number;
  /** Every step of the run is wanted, for people. */
  readonly isTold: boolean;
  /** Once is enough: whether the two runs of the seed agree is not asked. */
  readonly isOnce?: boolean;
}

/** What is told of a seed. */
export interface SeedReport extends Omit<SeedRun, "lines"> {
  readonly seed: number;
  readonly lines?: readonly string[];
  /** Where two runs of the seed part, if they do. */
  readonly difference?: string;
}

function reportOf({ seed, isTold, isOnce = false }: SeedRequest): SeedReport {
  const { lines, ...first } = simulateSeed(seed, { keepsLines: isTold, isChecked: true });
  const report = { seed, ...first, ...(isTold && { lines }) };
  if (isOnce) return report;
  const second = simulateSeed(seed, { keepsLines: false, isChecked: false });
  return first.hash === second.hash ? report : { ...report, difference: findDifference(seed) };
}

function findDifference(seed: number): string {
  const [a, b] = [1, 2].map(() => simulateSeed(seed, { keepsLines: true, isChecked: false }).lines);
  const at = (a ?? []).findIndex((line, index) => line !== b?.[index]);
  return `step ${at}\n  ${a?.[at]}\n  ${b?.[at]}`;
}
