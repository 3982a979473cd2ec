/**
 * What a deployment tells about itself to a Prometheus server (docs/spec/metrics.md).
 *
 * The layers below count in plain numbers, whether anybody reads them or not; here stands what each number is called and
 * means, and they are turned into text when they are asked for. Until then nothing is loaded and nothing is watched.
 * Names, labels and help never hold anything that a user wrote; names of functions are those of the app's code. Who may read
 * the text is decided by `http`.
 */
export { metricDefinitions } from "./metric-definitions.ts";
export type { MetricDefinition, Sample } from "./metric-definition.ts";
export { openMetrics } from "./open-metrics.ts";
export type { Metrics } from "./open-metrics.ts";
export type { MetricSources } from "./reading.ts";
