import { AxisBottom, AxisLeft } from "@visx/axis";
import { scaleBand, scaleLinear } from "@visx/scale";
import { Bar as Column } from "@visx/shape";
import type { ReactNode } from "react";
import type { Bar } from "./bars.ts";
import { Mark, type Marks } from "./marks.tsx";

interface ColumnChartProps {
  readonly bars: readonly Bar[];
  readonly marks: Marks;
  readonly width: number;
  readonly heightPx: number;
  /** What stands under a column that is so wide, in one line or two. */
  readonly labelOf: (bar: Bar, widthPx: number) => readonly string[];
  /** Every column bears its number instead of an axis beside them all. */
  readonly isNumbered?: boolean;
  /** Drawn above the columns, given their middles. */
  readonly above?: { readonly heightPx: number; readonly draw: (middles: readonly number[]) => ReactNode };
}

const lineHeightPx = 14;
/** Below this a word under a column is written smaller. */
const narrowPx = 64;

/** Columns side by side, in an order that means something: months, years, phases. */
export function ColumnChart(props: ColumnChartProps) {
  const { bars, marks, width, heightPx, labelOf, isNumbered = false, above } = props;
  const left = isNumbered ? 0 : 40;
  const top = (above?.heightPx ?? 0) + 18;
  const x = scaleBand({
    domain: bars.map(({ key }) => key),
    range: [left, width],
    paddingInner: 0.22,
    paddingOuter: 0.1,
  });
  const labels = bars.map((bar) => labelOf(bar, x.step()));
  const lineCount = Math.max(...labels.map(({ length }) => length));
  const bottom = heightPx - lineCount * lineHeightPx - 6;
  const most = Math.max(1, ...bars.map(({ bucket }) => bucket.count));
  const y = scaleLinear({ domain: [0, most], range: [bottom, top], nice: !isNumbered && 3 });
  const ticks = y.ticks(3).filter((tick) => tick > 0 && Number.isInteger(tick));
  const gridTicks = isNumbered ? [] : ticks;
  const placeOf = (bar: Bar) => x(bar.key) ?? 0;
  return (
    <svg width={width} height={heightPx} role="group" aria-label={`${bars.length} columns`}>
      {bars.map((bar, index) => (
        <Mark key={bar.key} bar={bar} marks={marks}>
          <rect
            className="mark-hit"
            x={placeOf(bar) - 2}
            y={top - 18}
            width={x.bandwidth() + 4}
            height={heightPx - top + 18}
          />
          <Column
            className="mark-bar"
            x={placeOf(bar)}
            y={y(bar.bucket.count)}
            width={x.bandwidth()}
            height={Math.max(bottom - y(bar.bucket.count), bar.bucket.count > 0 ? 1 : 0)}
          />
          {/* In the colour of the paper: they measure the column without a net behind it. */}
          {gridTicks.map((tick) =>
            tick < bar.bucket.count ? (
              <line
                key={tick}
                className="grid-line"
                x1={placeOf(bar)}
                x2={placeOf(bar) + x.bandwidth()}
                y1={y(tick)}
                y2={y(tick)}
              />
            ) : null,
          )}
          {isNumbered || (bar.bucket.count === most && most > 1) ? (
            <text
              className="mark-number"
              x={placeOf(bar) + x.bandwidth() / 2}
              y={y(bar.bucket.count) - 5}
              textAnchor="middle"
            >
              {bar.bucket.count.toLocaleString("en")}
            </text>
          ) : null}
          <text
            className="mark-label"
            data-narrow={isNumbered && x.step() < narrowPx}
            y={bottom + lineHeightPx + 2}
            textAnchor="middle"
          >
            {labels[index]?.map((line, row) => (
              <tspan key={line} x={placeOf(bar) + x.bandwidth() / 2} dy={row * lineHeightPx}>
                {line}
              </tspan>
            ))}
          </text>
        </Mark>
      ))}
      {above?.draw(bars.map((bar) => placeOf(bar) + x.bandwidth() / 2))}
      <AxisBottom scale={x} top={bottom} hideTicks tickFormat={() => ""} axisLineClassName="axis-line" />
      {isNumbered ? null : (
        <g aria-hidden="true">
          <AxisLeft
            scale={y}
            left={left}
            tickValues={ticks}
            hideAxisLine
            hideTicks
            tickComponent={({ y: place, formattedValue }) => (
              <text className="axis-text" x={-6} y={place} dy="0.32em" textAnchor="end">
                {formattedValue}
              </text>
            )}
          />
        </g>
      )}
    </svg>
  );
}
