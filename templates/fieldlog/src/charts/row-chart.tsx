import { scaleLinear } from "@visx/scale";
import { Bar as Row } from "@visx/shape";
import type { Bar } from "./bars.ts";
import { Mark, type Marks } from "./marks.tsx";

interface Column {
  readonly title: string;
  readonly measure: "count" | "cost";
  readonly format: (amount: number) => string;
}

interface RowChartProps {
  readonly bars: readonly Bar[];
  readonly marks: Marks;
  readonly width: number;
  /** One or two measures of the same rows, side by side. */
  readonly columns: readonly Column[];
  /** For fingers: rows as high as they need, the name above its bar. */
  readonly isTouch: boolean;
}

const headPx = 20;
const numberPx = 56;
const gapPx = 12;
/** About what a letter of the small text takes. */
const letterPx = 7.3;

/** Rows under each other with their names: species, damage. */
export function RowChart({ bars, marks, width, columns, isTouch }: RowChartProps) {
  const longest = Math.max(0, ...bars.map(({ label }) => label.length)) * letterPx + gapPx;
  const labelPx = isTouch ? 0 : Math.ceil(Math.min(longest, width * 0.45));
  const rowPx = isTouch ? 44 : 26;
  const barPx = isTouch ? 12 : 14;
  const barTop = isTouch ? 24 : 6;
  const top = columns.length > 1 ? headPx : 0;
  const room = (width - labelPx - gapPx * (columns.length - 1)) / columns.length;
  const scales = columns.map(({ measure }) =>
    scaleLinear({
      domain: [0, Math.max(1, ...bars.map(({ bucket }) => bucket[measure]))],
      range: [0, room - numberPx],
    }),
  );
  const leftOf = (index: number) => labelPx + index * (room + gapPx);
  return (
    <svg width={width} height={top + bars.length * rowPx} role="group" aria-label={`${bars.length} rows`}>
      {columns.length === 1
        ? null
        : columns.map(({ title }, index) => (
            <text key={title} className="axis-text" x={leftOf(index)} y={12} aria-hidden="true">
              {title}
            </text>
          ))}
      {bars.map((bar, row) => (
        <Mark key={bar.key} bar={bar} marks={marks}>
          <rect className="mark-hit" x={0} y={top + row * rowPx} width={width} height={rowPx} />
          <text className="mark-name" x={0} y={top + row * rowPx + 17}>
            {shorten(bar.label, isTouch ? width : labelPx)}
          </text>
          {columns.map(({ title, measure, format }, index) => {
            const amount = bar.bucket[measure];
            const length = scales[index]?.(amount) ?? 0;
            const y = top + row * rowPx + barTop;
            return (
              <g key={title}>
                <Row
                  className="mark-bar"
                  x={leftOf(index)}
                  y={y}
                  width={Math.max(length, amount > 0 ? 1 : 0)}
                  height={barPx}
                />
                <text className="mark-number" x={leftOf(index) + length + 6} y={y + barPx / 2} dy="0.36em">
                  {format(amount)}
                </text>
              </g>
            );
          })}
        </Mark>
      ))}
    </svg>
  );
}

function shorten(label: string, roomPx: number): string {
  const letterCount = Math.floor((roomPx - 6) / letterPx);
  return label.length <= letterCount ? label : `${label.slice(0, letterCount - 1).trimEnd()}…`;
}
