import { expect, test, vi } from "vitest";
import { createMemoryDisk } from "../base/index.ts";
import { openMetrics } from "./index.ts";
import type { MetricSources } from "./index.ts";

const loaded: string[] = [];
vi.mock("prom-client", (importOriginal) => {
  loaded.push("prom-client");
  return importOriginal();
});

test("[ME4] what writes the text is loaded when it is first asked for, and no earlier", async () => {
  // Nothing of it is looked at before the first reading, and that may fail here.
  const sources = { disk: createMemoryDisk(), pool: { state: () => undefined } } as unknown as MetricSources;
  const metrics = openMetrics(sources);
  expect(loaded).toEqual([]);
  await expect(metrics.read()).rejects.toThrow();
  expect(loaded).toEqual(["prom-client"]);
  metrics.close();
});
