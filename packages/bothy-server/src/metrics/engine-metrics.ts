import type { LogFigures } from "../log/index.ts";
import { byLabel, counter, gauge, histogram } from "./metric-definition.ts";
import type { MetricDefinition } from "./metric-definition.ts";
import type { Reading } from "./reading.ts";

const figures = ({ sources }: Reading): Reading["sources"]["engine"]["figures"] => sources.engine.figures;
const log = (reading: Reading): LogFigures => figures(reading).log;

/** Commits, the log and the store. */
export const engineMetrics: readonly MetricDefinition[] = [
  counter(
    "bothy_commits_total",
    "Commits by what they wrote.",
    (reading) => byLabel("kind", figures(reading).commits),
    ["kind"],
  ),
  counter(
    "bothy_commit_conflicts_total",
    "Transactions that did not commit because of a later commit or of their guard; most of them ran again.",
    (reading) => byLabel("cause", figures(reading).conflicts),
    ["cause"],
  ),
  counter(
    "bothy_contention_total",
    "Transactions that stood in line, commits that waited for others, turns that passed, transactions that gave up.",
    (reading) => {
      const { reservations, waits, expired, givenUp } = figures(reading).contention;
      return byLabel("what", { reservations, waits, expired, givenUp });
    },
    ["what"],
  ),
  gauge(
    "bothy_transactions_in_line",
    "Transactions that stand in line for what others write too.",
    (reading) => figures(reading).contention.reserved,
  ),
  gauge("bothy_commit_version", "The last commit.", ({ sources }) => sources.engine.version),
  gauge(
    "bothy_commits_not_durable",
    "Commits that are not on the disk yet.",
    ({ sources }) => sources.engine.version - sources.engine.durableVersion,
  ),
  histogram("bothy_log_sync_seconds", "Time of one sync of the log.", (reading) => log(reading).syncSeconds),
  histogram(
    "bothy_log_group_commits",
    "Commits that shared one sync of the log.",
    (reading) => log(reading).groupRecords,
  ),
  counter("bothy_log_written_bytes_total", "Bytes written to the log.", (reading) => log(reading).writtenBytes),
  gauge("bothy_log_size_bytes", "Size of the log on the disk.", ({ logBytes }) => logBytes),
  gauge("bothy_store_size_bytes", "Size of the store's files.", ({ storeBytes }) => storeBytes),
  histogram(
    "bothy_store_apply_seconds",
    "Time in which the store applied a batch.",
    (reading) => figures(reading).applySeconds,
  ),
  gauge(
    "bothy_store_pending_bytes",
    "Bytes that are committed and not in the store yet; new mutations are held back above 64 MiB.",
    (reading) => figures(reading).pendingBytes,
  ),
];
