import { memo } from "react";
import type { Bar } from "./bars.ts";
import { Mark, type Marks } from "./marks.tsx";
import { shadeOf, type Step } from "./steps.ts";
import { mapHeight, mapWidth, stateOutlines, type StateOutline } from "./us-states.ts";

interface StateMapProps {
  readonly bars: readonly Bar[];
  readonly steps: readonly Step[];
  readonly marks: Marks;
  readonly width: number;
}

/** The least circle in pixels that has room for a code, or for a finger. */
const codeRadiusPx = 7;
const hitRadiusPx = 11;

export const stateNames: ReadonlyMap<string, string> = new Map(stateOutlines.map(({ code, name }) => [code, name]));

const outlineByCode = new Map(stateOutlines.map((outline) => [outline.code, outline]));

/** The states in five shades. Each with reports is a link; arrows lead from one to the next on that side. */
export function StateMap({ bars, steps, marks, width }: StateMapProps) {
  const scale = width / mapWidth;
  const placed = bars.flatMap((bar) => {
    const outline = outlineByCode.get(bar.key);
    return outline === undefined ? [] : [{ bar, outline, isSmall: outline.radius * scale < codeRadiusPx }];
  });
  // Small ones last: what they need around them for a finger lies over their neighbours.
  const ordered = [...placed.filter(({ isSmall }) => !isSmall), ...placed.filter(({ isSmall }) => isSmall)];
  const shown = marks.shown === undefined ? undefined : outlineByCode.get(marks.shown.key);
  return (
    <svg className="map" width={width} height={Math.round(mapHeight * scale)} role="group" aria-label="States">
      {ordered.map(({ bar, outline, isSmall }) => (
        <Mark key={bar.key} bar={bar} marks={marks}>
          <g data-shade={shadeOf(bar.bucket.count, steps)}>
            <Outline outline={outline} scale={scale} />
          </g>
          {isSmall && bar.target !== undefined ? (
            <circle className="mark-hit" cx={outline.x * scale} cy={outline.y * scale} r={hitRadiusPx} />
          ) : null}
        </Mark>
      ))}
      <g aria-hidden="true" className="map-over">
        {placed.map(({ bar, outline, isSmall }) =>
          isSmall || bar.bucket.count === 0 ? null : (
            <text
              key={bar.key}
              x={outline.x * scale}
              y={outline.y * scale}
              dy="0.34em"
              textAnchor="middle"
              data-shade={shadeOf(bar.bucket.count, steps)}
              data-left-out={bar.isLeftOut}
            >
              {bar.key}
            </text>
          ),
        )}
        {placed.map(({ bar, outline }) =>
          bar.isChosen ? (
            <g key={bar.key} className="map-chosen">
              <Outline outline={outline} scale={scale} />
            </g>
          ) : null,
        )}
        {shown === undefined ? null : (
          <g className="map-shown">
            <Outline outline={shown} scale={scale} />
          </g>
        )}
      </g>
    </svg>
  );
}

/** The path stays as it is while counts change: it is by far the longest thing on the screen. */
const Outline = memo(function Outline({ outline, scale }: { readonly outline: StateOutline; readonly scale: number }) {
  return <path d={outline.path} transform={`scale(${scale})`} />;
});
