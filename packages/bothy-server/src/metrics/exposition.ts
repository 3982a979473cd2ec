import { assert, unreachable } from "bothy/internal";
import { Counter, Gauge, Histogram as PrometheusHistogram, Registry } from "prom-client";
import type { Histogram } from "../base/index.ts";
import { metricDefinitions } from "./metric-definitions.ts";
import type { MetricDefinition, Sample } from "./metric-definition.ts";
import type { Reading } from "./reading.ts";

/** Writes readings as the text that Prometheus reads. */
export interface Exposition {
  write(reading: Reading): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** Registers all metrics. */
export function createExposition(): Exposition {
  const registry = new Registry();
  let current: Reading | undefined;
  const reading = (): Reading => {
    assert(current !== undefined, "metrics are collected while a reading is written");
    return current;
  };
  for (const definition of metricDefinitions) register(registry, definition, reading);
  return {
    write: async (next) => {
      // Nothing is awaited between this and the collecting: two readings at once do not mix.
      current = next;
      return { contentType: registry.contentType, text: await registry.metrics() };
    },
  };
}

function register(registry: Registry, definition: MetricDefinition, reading: () => Reading): void {
  const { name, help, labels, type, read } = definition;
  const common = { name, help, labelNames: [...labels], registers: [registry] };
  switch (type) {
    case "counter": {
      const made = new Counter({
        ...common,
        collect: () => {
          made.reset();
          for (const sample of read(reading())) made.inc({ ...sample.labels }, sample.value);
        },
      });
      return;
    }
    case "gauge": {
      const made = new Gauge({
        ...common,
        collect: () => {
          made.reset();
          for (const sample of read(reading())) made.set({ ...sample.labels }, sample.value);
        },
      });
      return;
    }
    case "histogram": {
      // The counting is done by ours; this one only lends its name and type.
      const made = new PrometheusHistogram(common);
      const collect = async () => ({
        name,
        help,
        type,
        values: [...read(reading())].flatMap((one) => linesOf(name, one)),
      });
      Object.assign(made, { get: collect, getForPromString: collect });
      return;
    }
    default:
      return unreachable(definition);
  }
}

interface Line {
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
}

/** The lines of a histogram: counts up to each bound, sum and count. */
function linesOf(name: string, { labels, value }: Sample<Histogram>): readonly Line[] {
  const { bounds, counts, sum } = value;
  let count = 0;
  const buckets = counts.map((own, at): Line => {
    count += own;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: bounds[at] ?? "+Inf" }, value: count };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
