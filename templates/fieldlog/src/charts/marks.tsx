import { use, useState, type KeyboardEvent, type MouseEvent, type PointerEvent, type ReactNode } from "react";
import { formatCount } from "../format.ts";
import { formatRoute, type FilterText } from "../route.ts";
import type { Bar } from "./bars.ts";
import { FollowContext } from "./follow.ts";
import { walkMarks } from "./walk.ts";

/** Which mark of a chart the pointer or the focus is on, and where Tab enters. */
export interface Marks {
  readonly name: string;
  readonly shown: { readonly key: string; readonly x: number; readonly y: number } | undefined;
  readonly stop: string | undefined;
  readonly show: (key: string, mark: Element) => void;
  readonly enter: (key: string) => void;
  readonly hide: () => void;
  readonly onKeyDown: (event: KeyboardEvent<Element>) => void;
}

/** Keeps the marks of the chart of this name. */
export function useMarks(name: string, bars: readonly Bar[]): Marks {
  const [shown, setShown] = useState<Marks["shown"]>();
  const [entered, setEntered] = useState<string>();
  const links = bars.filter(({ target }) => target !== undefined);
  const first = links.find(({ isChosen }) => isChosen) ?? links[0];
  return {
    name,
    shown,
    stop: links.some(({ key }) => key === entered) ? entered : first?.key,
    enter: setEntered,
    show: (key, mark) => {
      const plot = mark.closest(".chart-plot")?.getBoundingClientRect();
      // Over the bar itself, not over all that can be hit.
      const { left, top, width } = (mark.querySelector(".mark-bar") ?? mark).getBoundingClientRect();
      if (plot === undefined) return;
      const next = { key, x: left + width / 2 - plot.left, y: top - plot.top };
      // A pointer moves more often than what it is on.
      setShown((last) => (last?.key === key && last.x === next.x && last.y === next.y ? last : next));
    },
    hide: () => setShown(undefined),
    onKeyDown: (event) => {
      if (event.key === "Escape") setShown(undefined);
      if (!hasModifier(event) && walkMarks(event.currentTarget, event.key)) event.preventDefault();
    },
  };
}

interface MarkProps {
  readonly bar: Bar;
  readonly marks: Marks;
  /** What is written at it, for the eye: the link's name says it whole, and may not differ from a text inside. */
  readonly texts?: ReactNode;
  readonly children: ReactNode;
}

/** A bar, a row or a state: a link that chooses it, or plain where there is nothing to choose. */
export function Mark({ bar, marks, texts, children }: MarkProps) {
  return (
    <g className="mark" data-tone={bar.tone} data-chosen={bar.isChosen} data-left-out={bar.isLeftOut}>
      {bar.target === undefined ? (
        <g onPointerMove={(event) => showHovered(marks, bar.key, event)} onPointerLeave={marks.hide}>
          {children}
        </g>
      ) : (
        <MarkLink bar={bar} target={bar.target} marks={marks}>
          {children}
        </MarkLink>
      )}
      <g className="mark-texts" aria-hidden="true">
        {texts}
      </g>
    </g>
  );
}

function MarkLink({ bar, target, marks, children }: MarkProps & { readonly target: FilterText }) {
  const { routeOf, follow } = use(FollowContext);
  const { key, label, bucket, isChosen } = bar;
  const count = formatCount(bucket.count, "report");
  const click = (event: MouseEvent) => {
    if (event.button !== 0 || hasModifier(event)) return;
    event.preventDefault();
    follow(target);
  };
  return (
    <a
      href={formatRoute(routeOf(target))}
      aria-label={isChosen ? `${label}, ${count}, chosen: choose no longer` : `${label}, ${count}: show them`}
      aria-current={isChosen ? "true" : undefined}
      data-testid={`bar-${marks.name}`}
      data-key={key}
      data-count={bucket.count}
      tabIndex={key === marks.stop ? 0 : -1}
      onClick={click}
      onPointerMove={(event) => showHovered(marks, key, event)}
      onPointerLeave={marks.hide}
      onFocus={(event) => {
        marks.enter(key);
        // A finger or the pointer leaves the focus where it pressed, and no wish to read.
        if (event.currentTarget.matches(":focus-visible")) marks.show(key, event.currentTarget);
      }}
      onBlur={marks.hide}
    >
      {children}
    </a>
  );
}

/** By its moves: a bar that comes to lie under a pointer at rest is not pointed at. A finger points at nothing before it presses. */
function showHovered(marks: Marks, key: string, event: PointerEvent<Element>): void {
  if (event.pointerType !== "touch") marks.show(key, event.currentTarget);
}

function hasModifier(event: {
  readonly metaKey: boolean;
  readonly ctrlKey: boolean;
  readonly shiftKey: boolean;
  readonly altKey: boolean;
}): boolean {
  return event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
}
