import type { Histogram } from "../base/index.ts";
import type { Reading } from "./reading.ts";

/** One value of a metric, with the values of its labels. */
export interface Sample<Value = number> {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: Value;
}

interface Named {
  /** As Prometheus has it: `bothy_` or a standard prefix, the unit last, `_total` for what only grows. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

/** What one metric is called, what it means and where it is read. */
export type MetricDefinition = Named &
  (
    | { readonly type: "counter" | "gauge"; readonly read: (reading: Reading) => Iterable<Sample> }
    | { readonly type: "histogram"; readonly read: (reading: Reading) => Iterable<Sample<Histogram>> }
  );

/** Declares what only grows. */
export function counter(
  name: string,
  help: string,
  read: (reading: Reading) => number | Labelled,
  labels: readonly string[] = [],
): MetricDefinition {
  return { type: "counter", name, help, labels, read: (reading) => samplesOf(read(reading)) };
}

/** Declares what goes up and down. */
export function gauge(
  name: string,
  help: string,
  read: (reading: Reading) => number | Labelled,
  labels: readonly string[] = [],
): MetricDefinition {
  return { type: "gauge", name, help, labels, read: (reading) => samplesOf(read(reading)) };
}

/** Declares how observations are spread. */
export function histogram(
  name: string,
  help: string,
  read: (reading: Reading) => Histogram | Iterable<Sample<Histogram>>,
  labels: readonly string[] = [],
): MetricDefinition {
  const samples = (reading: Reading): Iterable<Sample<Histogram>> => {
    const found = read(reading);
    return Symbol.iterator in found ? found : [{ labels: {}, value: found }];
  };
  return { type: "histogram", name, help, labels, read: samples };
}

type Labelled = Iterable<Sample>;

function samplesOf(found: number | Labelled): Iterable<Sample> {
  return typeof found === "number" ? [{ labels: {}, value: found }] : found;
}

/** Samples with one label, out of counts by name. */
export function byLabel(label: string, counts: Readonly<Record<string, number>>): readonly Sample[] {
  return samplesBy(label, Object.entries(counts));
}

/** Samples with one label, out of names and counts. */
export function samplesBy(label: string, counts: Iterable<readonly [name: string, count: number]>): readonly Sample[] {
  return Array.from(counts, ([name, value]) => ({ labels: { [label]: name }, value }));
}
