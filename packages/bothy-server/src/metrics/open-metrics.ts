import type { UsageWatch } from "../base/index.ts";
import { watchUsage } from "../base/index.ts";
import type { Exposition } from "./exposition.ts";
import { takeReading } from "./reading.ts";
import type { MetricSources } from "./reading.ts";

/** The metrics of one deployment. */
export interface Metrics {
  /** Everything at this moment, in the text format of Prometheus. */
  read(): Promise<{ readonly contentType: string; readonly text: string }>;
  close(): void;
}

/** Prepares to tell the metrics; what that takes is loaded, and the event loop watched, from the first reading on. */
export function openMetrics(sources: MetricSources): Metrics {
  let usage: UsageWatch | undefined;
  let loading: Promise<Exposition> | undefined;
  return {
    read: async () => {
      usage ??= watchUsage();
      loading ??= import("./exposition.ts").then(({ createExposition }) => createExposition());
      const exposition = await loading;
      return exposition.write(await takeReading(sources, usage.read()));
    },
    close: () => usage?.close(),
  };
}
