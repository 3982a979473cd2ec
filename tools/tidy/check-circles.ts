import { posix } from "node:path";
import { importsOf, type Import } from "./check-imports.ts";
import { findingAt, type Finding, type Source } from "./source.ts";

type Graph = ReadonlyMap<string, readonly string[]>;

/** Finds files that import each other in a circle, also for a type only: a reader can begin with none of them. */
export function checkCircles(sources: readonly Source[]): readonly Finding[] {
  const paths = new Set(sources.map(({ path }) => path));
  const graph: Graph = new Map(
    sources.map((source) => [source.path, importsOf(source).flatMap((one) => targetOf(source, one, paths))]),
  );
  const inCircles = leftBehind(graph);
  const told = new Set<string>();
  return sources.flatMap((source) => {
    if (!inCircles.has(source.path) || told.has(source.path)) return [];
    const circle = wayBack(inCircles, source.path);
    for (const path of circle) told.add(path);
    if (circle.length === 0) return [];
    const message = `Files import each other in a circle: ${[...circle, circle[0]].join(" > ")}. Move what they share into a file of its own.`;
    return [findingAt("circles", source, 0, message)];
  });
}

function targetOf({ path }: Source, { specifier }: Import, paths: ReadonlySet<string>): readonly string[] {
  const target = posix.join(posix.dirname(path), specifier);
  return specifier.startsWith(".") && paths.has(target) ? [target] : [];
}

/** What is left when files that import nothing of the rest are taken away again and again: circles, and what leads to them. */
function leftBehind(graph: Graph): Graph {
  let left = graph;
  for (;;) {
    const before = left;
    left = new Map(
      [...before].flatMap(([path, imported]) => {
        const kept = imported.filter((other) => before.has(other));
        return kept.length > 0 ? [[path, kept] as const] : [];
      }),
    );
    if (left.size === before.size) return left;
  }
}

/** The shortest way from a file back to itself, without its end; empty if there is none. */
function wayBack(graph: Graph, start: string): readonly string[] {
  const ways: (readonly string[])[] = [[start]];
  const seen = new Set<string>();
  for (const way of ways) {
    for (const next of graph.get(way[way.length - 1] ?? start) ?? []) {
      if (next === start) return way;
      if (!seen.has(next)) ways.push([...way, next]);
      seen.add(next);
    }
  }
  return [];
}
