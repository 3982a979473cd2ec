import { useMemo } from "react";
import { Link } from "../elements/link.tsx";
import { formatCount } from "../format.ts";
import type { FilterText } from "../route.ts";
import { stateBars, type Bar } from "./bars.ts";
import { Chart } from "./chart.tsx";
import { peakNote } from "./notes.ts";
import { StateMap, stateNames } from "./state-map.tsx";
import { stepsOf, type Step } from "./steps.ts";
import type { Buckets } from "./tally.ts";

interface StateChartProps {
  readonly buckets: Buckets;
  readonly total: number;
  readonly text: FilterText;
}

/** Where: the map, its steps, and in a line what it can't show. */
export function StateChart({ buckets, total, text }: StateChartProps) {
  const { onMap, elsewhere, counted, steps } = useMemo(() => {
    const bars = stateBars(buckets, text, stateNames);
    return {
      ...bars,
      counted: [...bars.onMap, ...bars.elsewhere]
        .filter(({ bucket, isChosen }) => bucket.count > 0 || isChosen)
        .sort((a, b) => b.bucket.count - a.bucket.count),
      steps: stepsOf(bars.onMap.map(({ bucket }) => bucket.count)),
    };
  }, [buckets, text]);
  return (
    <Chart
      name="state"
      title="State"
      note={peakNote(counted)}
      bars={onMap}
      tableBars={counted}
      total={total}
      draw={(width, marks) => <StateMap bars={onMap} steps={steps} marks={marks} width={width} />}
    >
      <Legend steps={steps} />
      <Elsewhere bars={elsewhere} />
    </Chart>
  );
}

function Legend({ steps }: { readonly steps: readonly Step[] }) {
  return (
    <ol className="map-legend" aria-label="Reports by shade">
      <li data-shade={0}>none</li>
      {steps.map(({ from, to, shade }) => (
        <li key={from} data-shade={shade}>
          {from.toLocaleString("en")}
          {to > from ? `–${to.toLocaleString("en")}` : ""}
        </li>
      ))}
    </ol>
  );
}

function Elsewhere({ bars }: { readonly bars: readonly Bar[] }) {
  if (bars.length === 0) return null;
  return (
    <p className="map-elsewhere">
      Not on the map:{" "}
      {bars.map(({ key, label, bucket, target }, index) => (
        <span key={key}>
          {index === 0 ? "" : ", "}
          {target === undefined ? (
            label
          ) : (
            <Link to={{ screen: "reports", pane: { kind: "none" }, filters: target }}>
              {formatCount(bucket.count, "report")} from {key === "none" ? "airports without a state" : label}
            </Link>
          )}
        </span>
      ))}
    </p>
  );
}
