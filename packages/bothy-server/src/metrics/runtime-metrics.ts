import type { PoolFigures, PoolState, ProcessState } from "../runtime/index.ts";
import { byLabel, counter, gauge, histogram } from "./metric-definition.ts";
import type { MetricDefinition, Sample } from "./metric-definition.ts";
import type { Reading } from "./reading.ts";

const figures = ({ sources }: Reading): PoolFigures => sources.pool.figures;

/** Functions and the processes that they run in. */
export const runtimeMetrics: readonly MetricDefinition[] = [
  histogram(
    "bothy_function_run_seconds",
    "Time of one run of a function, from its process's getting it to its answer.",
    (reading) =>
      Array.from(figures(reading).functions(), ({ name, kind, seconds }) => ({
        labels: { function: name, kind },
        value: seconds,
      })),
    ["function", "kind"],
  ),
  counter("bothy_function_runs_total", "Runs of functions by how they ended.", runsByEnd, ["function", "kind", "end"]),
  histogram(
    "bothy_function_wait_seconds",
    "Time that a call waited for a process.",
    (reading) => figures(reading).waitSeconds,
  ),
  gauge("bothy_function_calls_waiting", "Calls that wait for a process.", ({ pool }) => pool.waitingCalls),
  gauge("bothy_function_calls_running", "Calls that processes have.", ({ pool }) => pool.runningCalls),
  counter(
    "bothy_function_calls_overloaded_total",
    "Calls that were refused because too many waited.",
    (reading) => figures(reading).overloadedCalls,
  ),
  counter(
    "bothy_function_calls_suspect_total",
    "Calls that ran again, alone, because they or their process came to no end.",
    (reading) => figures(reading).suspectCalls,
  ),
  counter(
    "bothy_function_process_ends_total",
    "Function processes that ended without having been told to, by the limit that they met.",
    (reading) => byLabel("reason", figures(reading).processEnds),
    ["reason"],
  ),
  gauge(
    "bothy_function_processes",
    "Function processes by what they are for.",
    ({ pool }) => sumByRole(pool, () => 1),
    ["role"],
  ),
  gauge(
    "bothy_function_processes_resident_bytes",
    "Resident memory of the function processes.",
    ({ pool }) => sumByRole(pool, ({ residentBytes }) => residentBytes),
    ["role"],
  ),
  counter(
    "bothy_function_ranges_read_total",
    "Ranges that ended calls had read, out of hot ranges or not.",
    (reading) => figures(reading).ranges.read,
  ),
  counter(
    "bothy_function_ranges_asked_total",
    "Reads of calls that hot ranges could not answer, so that the store was asked.",
    (reading) => figures(reading).ranges.asked,
  ),
  gauge("bothy_hot_ranges_bytes", "Hot rows of all function processes, as they estimate them.", ({ pool }) =>
    pool.processes.reduce((sum, { hotBytes }) => sum + hotBytes, 0),
  ),
  counter(
    "bothy_hot_ranges_evicted_bytes_total",
    "Hot rows that function processes dropped to stay within their budget.",
    (reading) => figures(reading).evictedBytes,
  ),
];

function* runsByEnd(reading: Reading): Generator<Sample> {
  for (const { name, kind, ends } of figures(reading).functions()) {
    for (const [end, value] of Object.entries(ends)) {
      // Most functions end in one or two ways only.
      if (value > 0) yield { labels: { function: name, kind, end }, value };
    }
  }
}

function sumByRole(pool: PoolState, valueOf: (process: ProcessState) => number): readonly Sample[] {
  const sums: Record<ProcessState["role"], number> = { worker: 0, spare: 0, solo: 0, ending: 0 };
  for (const process of pool.processes) sums[process.role] += valueOf(process);
  return byLabel("role", sums);
}
