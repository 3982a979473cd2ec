// Walking over the marks of a chart with the arrow keys: Tab stops once a chart, not once a bar.

interface Place {
  readonly x: number;
  readonly y: number;
}

const directions: Readonly<Record<string, Place>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

/** What lies off the way counts this much more than what lies along it. */
const asideWeight = 2;

/**
 * Which of several places a key leads to from one of them: the nearest in the arrow's direction, or the first or last.
 * Undefined: the key means nothing here, or nothing lies that way.
 */
export function placeTowards(places: readonly Place[], current: number, key: string): number | undefined {
  if (key === "Home") return 0;
  if (key === "End") return places.length - 1;
  const towards = directions[key];
  const from = places[current];
  if (towards === undefined || from === undefined) return undefined;
  let nearest: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [index, { x, y }] of places.entries()) {
    const along = (x - from.x) * towards.x + (y - from.y) * towards.y;
    const aside = Math.abs((x - from.x) * towards.y) + Math.abs((y - from.y) * towards.x);
    // A neighbour lies within 60 degrees of the arrow.
    if (along <= 0 || aside > along * 1.8) continue;
    const distance = along + aside * asideWeight;
    if (distance < least) [nearest, least] = [index, distance];
  }
  return nearest;
}

/** Moves the focus among the links of a chart. */
export function walkMarks(chart: Element, key: string): boolean {
  const links = [...chart.querySelectorAll<SVGAElement>("a")];
  const current = links.findIndex((link) => link === document.activeElement);
  const places = links.map((link) => {
    const { x, y, width, height } = link.getBoundingClientRect();
    return { x: x + width / 2, y: y + height / 2 };
  });
  const next = current === -1 ? undefined : placeTowards(places, current, key);
  const link = next === undefined ? undefined : links[next];
  link?.focus();
  return link !== undefined;
}
