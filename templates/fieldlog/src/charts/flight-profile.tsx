import { LinePath } from "@visx/shape";

/** How high one is before, in and after each phase, from the ground (0) to cruise (1). */
const heights = [
  [0, 0],
  [0, 0],
  [0, 0.12],
  [0.3, 1],
  [1, 0.62],
  [0.5, 0.08],
  [0, 0],
] as const;

interface FlightProfileProps {
  /** The middle of each phase's column. */
  readonly middles: readonly number[];
  readonly heightPx: number;
}

/** The flight over its phases: a line that says in which order the columns stand, and how low most of them lie. */
export function FlightProfile({ middles, heightPx }: FlightProfileProps) {
  const half = ((middles[1] ?? 0) - (middles[0] ?? 0)) * 0.36;
  const points = middles.flatMap((x, index) => {
    const [before, after] = heights[index] ?? [0, 0];
    return [
      { x: x - half, y: before },
      { x: x + half, y: after },
    ];
  });
  return (
    <g className="flight" aria-hidden="true">
      <line x1={points[0]?.x} x2={points.at(-1)?.x} y1={heightPx - 4} y2={heightPx - 4} />
      <LinePath data={points} x={({ x }) => x} y={({ y }) => heightPx - 4 - y * (heightPx - 10)} />
    </g>
  );
}
