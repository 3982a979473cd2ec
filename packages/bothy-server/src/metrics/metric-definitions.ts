import { engineMetrics } from "./engine-metrics.ts";
import type { MetricDefinition } from "./metric-definition.ts";
import { processMetrics } from "./process-metrics.ts";
import { runtimeMetrics } from "./runtime-metrics.ts";
import { syncMetrics } from "./sync-metrics.ts";

/** Everything that is told, in the order in which it is told. */
export const metricDefinitions: readonly MetricDefinition[] = [
  ...engineMetrics,
  ...runtimeMetrics,
  ...syncMetrics,
  ...processMetrics,
];
