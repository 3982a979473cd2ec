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
/** Room for the numbers of an axis beside the columns, and for one above a column. */
const axisPx = 40;
const numberPx = 18;
/** Below this a word under a column is written smaller. */
const narrowPx = 64;

/** Columns side by side, in an order that means something: months, years, phases. */
export function ColumnChart(props: ColumnChartProps) {
  const { bars, marks, width, heightPx, labelOf, isNumbered = false, above } = props;
  const left = isNumbered ? 0 : axisPx;
  const top = (above?.heightPx ?? 0) + numberPx;
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
  const ticks = isNumbered ? [] : y.ticks(3).filter((tick) => tick > 0 && Number.isInteger(tick));
  return (
    <svg width={width} height={heightPx} role="group" aria-label={`${bars.length} columns`}>
      {bars.map((bar, index) => (
        <ColumnMark
          key={bar.key}
          bar={bar}
          marks={marks}
          left={x(bar.key) ?? 0}
          width={x.bandwidth()}
          top={top - numberPx}
          heightOf={(count) => bottom - y(count)}
          bottom={bottom}
          label={labels[index] ?? []}
          isNarrow={isNumbered && x.step() < narrowPx}
          isNumbered={isNumbered || (bar.bucket.count === most && most > 1)}
          ticks={ticks}
        />
      ))}
      {above?.draw(bars.map(({ key }) => (x(key) ?? 0) + x.bandwidth() / 2))}
      <AxisBottom scale={x} top={bottom} hideTicks tickFormat={() => ""} axisLineClassName="axis-line" />
      {ticks.length === 0 ? null : (
        <AxisLeft
          scale={y}
          left={left}
          tickValues={ticks}
          tickFormat={(tick) => tick.toLocaleString("en")}
          hideAxisLine
          hideTicks
          tickComponent={({ y: place, formattedValue }) => (
            <text className="axis-text" x={-6} y={place} dy="0.32em" textAnchor="end" aria-hidden="true">
              {formattedValue}
            </text>
          )}
        />
      )}
    </svg>
  );
}

interface ColumnMarkProps {
  readonly bar: Bar;
  readonly marks: Marks;
  readonly left: number;
  readonly width: number;
  readonly top: number;
  readonly bottom: number;
  readonly heightOf: (count: number) => number;
  readonly label: readonly string[];
  readonly isNarrow: boolean;
  readonly isNumbered: boolean;
  readonly ticks: readonly number[];
}

/** One column with what stands over and under it; all of its height can be hit. */
function ColumnMark(props: ColumnMarkProps) {
  const { bar, marks, left, width, top, bottom, heightOf, label, isNarrow, isNumbered, ticks } = props;
  const { count } = bar.bucket;
  const middle = left + width / 2;
  // One report among thousands is seen too.
  const height = count > 0 ? Math.max(1, heightOf(count)) : 0;
  const texts = (
    <>
      {isNumbered ? (
        <text className="mark-number" x={middle} y={bottom - height - 5} textAnchor="middle">
          {count.toLocaleString("en")}
        </text>
      ) : null}
      <text className="mark-label" data-narrow={isNarrow} y={bottom + lineHeightPx + 2} textAnchor="middle">
        {label.map((line, row) => (
          <tspan key={line} x={middle} dy={row * lineHeightPx}>
            {line}
          </tspan>
        ))}
      </text>
    </>
  );
  return (
    <Mark bar={bar} marks={marks} texts={texts}>
      <rect
        className="mark-hit"
        x={left - 2}
        y={top}
        width={width + 4}
        height={bottom - top + (label.length + 0.5) * lineHeightPx}
      />
      <Column className="mark-bar" x={left} y={bottom - height} width={width} height={height} />
      {/* In the colour of the paper: they measure the column without a net behind it. */}
      {ticks.map((tick) =>
        tick < count ? (
          <line
            key={tick}
            className="grid-line"
            x1={left}
            x2={left + width}
            y1={bottom - heightOf(tick)}
            y2={bottom - heightOf(tick)}
          />
        ) : null,
      )}
    </Mark>
  );
}
