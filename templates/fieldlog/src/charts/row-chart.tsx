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
      {bars.map((bar, row) => {
        const y = top + row * rowPx;
        const places = columns.map((column, index) => {
          const amount = bar.bucket[column.measure];
          const length = Math.max(scales[index]?.(amount) ?? 0, amount > 0 ? 1 : 0);
          return { title: column.title, x: leftOf(index), length, text: column.format(amount) };
        });
        const texts = (
          <>
            <text className="mark-name" x={0} y={y + 17}>
              {shorten(bar.label, isTouch ? width : labelPx)}
            </text>
            {places.map(({ title, x, length, text }) => (
              <text key={title} className="mark-number" x={x + length + 6} y={y + barTop + barPx / 2} dy="0.36em">
                {text}
              </text>
            ))}
          </>
        );
        return (
          <Mark key={bar.key} bar={bar} marks={marks} texts={texts}>
            <rect className="mark-hit" x={0} y={y} width={width} height={rowPx} />
            {places.map(({ title, x, length }) => (
              <Row key={title} className="mark-bar" x={x} y={y + barTop} width={length} height={barPx} />
            ))}
          </Mark>
        );
      })}
    </svg>
  );
}

function shorten(label: string, roomPx: number): string {
  const letterCount = Math.floor((roomPx - 6) / letterPx);
  return label.length <= letterCount ? label : `${label.slice(0, letterCount - 1).trimEnd()}…`;
}
