import { useId, useState, type ReactNode } from "react";
import { formatCount, formatDollarsShort, formatShare } from "../format.ts";
import type { Bar } from "./bars.ts";
import { useMarks, type Marks } from "./marks.tsx";
import { useWidth } from "./use-width.ts";

interface ChartProps {
  readonly name: string;
  readonly title: string;
  /** What one sees in it, in a sentence. */
  readonly note: string;
  readonly bars: readonly Bar[];
  /** What its table lists, where that is more than its bars. */
  readonly tableBars?: readonly Bar[];
  /** How many reports its bars are shares of. */
  readonly total: number;
  /** Draws it, once it is known how wide. */
  readonly draw: (width: number, marks: Marks) => ReactNode;
  readonly children?: ReactNode;
}

/** A chart with its title, what is under the pointer, and the same numbers as a table. */
export function Chart({ name, title, note, bars, tableBars = bars, total, draw, children }: ChartProps) {
  const titleId = useId();
  const [plot, width] = useWidth<HTMLDivElement>();
  const marks = useMarks(name, bars);
  return (
    <figure className="chart" aria-labelledby={titleId} data-testid={`chart-${name}`}>
      <figcaption>
        <h2 id={titleId}>{title}</h2>
        <p>{note}</p>
      </figcaption>
      <div className="chart-plot" ref={plot} onKeyDown={marks.onKeyDown}>
        {width === 0 ? null : draw(width, marks)}
        <Tip bars={bars} marks={marks} width={width} total={total} />
      </div>
      {children}
      <Table title={title} bars={tableBars} />
    </figure>
  );
}

const tipHalfPx = 92;

/** What the mark under the pointer or the focus stands for. Its link says the same, so this is for the eye alone. */
function Tip({ bars, marks, width, total }: { bars: readonly Bar[]; marks: Marks; width: number; total: number }) {
  const bar = bars.find(({ key }) => key === marks.shown?.key);
  if (bar === undefined || marks.shown === undefined) return null;
  const { count, damagedCount, cost } = bar.bucket;
  const left = Math.min(Math.max(marks.shown.x, tipHalfPx), Math.max(width - tipHalfPx, tipHalfPx));
  return (
    <div className="tip" aria-hidden="true" style={{ left, top: marks.shown.y }}>
      <strong>{bar.label}</strong>
      <span>
        {count === 0 ? "no reports" : formatCount(count, "report")}
        {/* What the filters leave out is no share of what they leave. */}
        {count === 0 || bar.isLeftOut ? "" : `, ${formatShare(count / total)}`}
      </span>
      {count === 0 ? null : (
        <span>
          {damagedCount === 0 ? "none with damage" : `${formatCount(damagedCount, "with damage", "with damage")}`}
          {cost === 0 ? "" : `, ${formatDollarsShort(cost)}`}
        </span>
      )}
    </div>
  );
}

/** The numbers behind the bars, for whoever reads rather than looks. Made when it is opened. */
function Table({ title, bars }: { readonly title: string; readonly bars: readonly Bar[] }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details className="chart-table" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary>
        Show as table<span className="unseen">: {title}</span>
      </summary>
      {isOpen ? (
        <table>
          <thead>
            <tr>
              <th scope="col">{title}</th>
              <th scope="col">Reports</th>
              <th scope="col">With damage</th>
              <th scope="col">Cost</th>
            </tr>
          </thead>
          <tbody>
            {bars.map(({ key, label, bucket }) => (
              <tr key={key}>
                <th scope="row">{label}</th>
                <td>{bucket.count.toLocaleString("en")}</td>
                <td>{bucket.damagedCount.toLocaleString("en")}</td>
                <td>{formatDollarsShort(bucket.cost)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      ) : null}
    </details>
  );
}
