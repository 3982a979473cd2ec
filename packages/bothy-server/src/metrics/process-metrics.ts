import { counter, gauge } from "./metric-definition.ts";
import type { MetricDefinition, Sample } from "./metric-definition.ts";
import type { Reading } from "./reading.ts";

/** HTTP, and the server's own process. Names that begin with `process_` are those that all Prometheus clients use. */
export const processMetrics: readonly MetricDefinition[] = [
  counter("bothy_http_requests_total", "HTTP requests by route and status; 101 is a socket.", requests, [
    "route",
    "status",
  ]),
  gauge(
    "bothy_event_loop_delay_seconds",
    "How much later than due the event loop came to a timer, since this was last read.",
    delays,
    ["quantile"],
  ),
  counter(
    "bothy_event_loop_active_seconds_total",
    "Time in which the event loop had something to do.",
    ({ usage }) => usage.activeSeconds,
  ),
  counter("process_cpu_seconds_total", "Processor time of the server.", ({ usage }) => usage.cpuSeconds),
  gauge("process_resident_memory_bytes", "Resident memory of the server.", ({ usage }) => usage.residentBytes),
  gauge("bothy_heap_used_bytes", "JavaScript heap in use by the server.", ({ usage }) => usage.heapBytes),
  gauge("process_start_time_seconds", "When the server started, since 1970.", ({ usage }) => usage.startedSeconds),
  gauge(
    "bothy_build_info",
    "Always 1; what runs.",
    ({ sources }) => [{ labels: { version: sources.version }, value: 1 }],
    ["version"],
  ),
];

function requests({ sources }: Reading): readonly Sample[] {
  return Array.from(sources.http().requests(), ({ route, status, count }) => ({
    labels: { route, status: String(status) },
    value: count,
  }));
}

function delays({ usage }: Reading): readonly Sample[] {
  const { delaySeconds } = usage;
  if (delaySeconds === undefined) return [];
  return [
    { labels: { quantile: "0.5" }, value: delaySeconds.median },
    { labels: { quantile: "0.99" }, value: delaySeconds.p99 },
    { labels: { quantile: "1" }, value: delaySeconds.max },
  ];
}
