// Makes `src/charts/us-states.ts`: the outlines of the states as SVG paths, projected, thinned and rounded, so that the app
// needs neither the projection nor the 640 kB from which they come. `node charts/outlines.mjs` writes the file.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { geoAlbersUsa } from "d3-geo";
import { feature } from "topojson-client";
import { stateNames } from "./state-names.mjs";

/**
 * @typedef {[number, number]} Point
 * @typedef {import("topojson-specification").Topology<{ states: import("topojson-specification").GeometryCollection }>} Map
 */

/** The map's own pixels; at most twice as many as it is ever drawn with. */
const width = 960;
const height = 590;
/** How far, in those pixels, a border may stray from the true one. */
const tolerance = 0.6;
/** Islands of less, in square pixels, are dropped unless they are all that a state has. */
const islandAreaMin = 3;
/** How finely the place of a state's code is looked for. */
const gridPx = 4;

const target = new URL("../src/charts/us-states.ts", import.meta.url);

/** The text of the file: Alaska and Hawaii beside the others, territories left out. */
export function outlinesSource() {
  const map = project(readMap());
  // A territory lies outside of the projection.
  const states = map.objects.states.geometries.filter((outline) => Number(outline.id) in stateNames);
  const found = feature(map, { type: "GeometryCollection", geometries: states }).features.flatMap((state) => {
    const name = stateNames[Number(state.id)];
    return name === undefined ? [] : [stateLine(name, state)];
  });
  return [
    "// Made by charts/outlines.mjs of us-10m.json in vega-datasets: change that, not this.",
    "",
    `/** A state of the United States, drawn on a map of ${width} by ${height}. */`,
    "export interface StateOutline {",
    "  readonly code: string;",
    "  readonly name: string;",
    "  /** The largest circle that fits into it: where and whether its code has room. */",
    "  readonly x: number;",
    "  readonly y: number;",
    "  readonly radius: number;",
    "  readonly path: string;",
    "}",
    "",
    `export const mapWidth = ${width};`,
    `export const mapHeight = ${height};`,
    "",
    "/** All fifty and the District of Columbia, by name. */",
    "export const stateOutlines: readonly StateOutline[] = [",
    ...found.sort(),
    "];",
    "",
  ].join("\n");
}

/** @param {readonly [string, string]} name @param {import("geojson").Feature} state */
function stateLine([code, name], state) {
  const rings = ringsOf(state.geometry);
  const [mainland = []] = rings.toSorted((a, b) => areaOf(b) - areaOf(a));
  const largest = areaOf(mainland);
  const { x, y, radius } = roomIn(mainland);
  const path = rings
    .filter((ring) => areaOf(ring) >= Math.min(largest, islandAreaMin) && ring.every(isOnMap))
    .map(pathOf)
    .join("");
  return [
    "  {",
    `    name: "${name}",`,
    `    code: "${code}",`,
    `    x: ${x},`,
    `    y: ${y},`,
    `    radius: ${radius},`,
    `    path: "${path}",`,
    "  },",
  ].join("\n");
}

/** Every arc is projected and thinned once: two states that share a border share the very same points. @param {Map} map @returns {Map} */
function project(map) {
  const projection = geoAlbersUsa()
    .scale(1280)
    .translate([width / 2, height / 2]);
  const { scale, translate } = map.transform ?? { scale: [1, 1], translate: [0, 0] };
  const arcs = map.arcs.map((arc) => {
    let longitude = 0;
    let latitude = 0;
    const points = arc.flatMap(([eastward = 0, northward = 0]) => {
      longitude += eastward;
      latitude += northward;
      const point = projection([longitude * scale[0] + translate[0], latitude * scale[1] + translate[1]]);
      return point === null ? [] : [point];
    });
    return thin(points);
  });
  return { type: "Topology", objects: map.objects, arcs };
}

/** Keeps both ends and every point without which the line would stray (Douglas and Peucker). @param {Point[]} points @returns {Point[]} */
function thin(points) {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 3) return points;
  const distances = points.map((point) => distanceTo(point, first, last));
  const farthest = Math.max(...distances);
  if (farthest <= tolerance) return [first, last];
  const index = distances.indexOf(farthest);
  return [...thin(points.slice(0, index + 1)), ...thin(points.slice(index)).slice(1)];
}

/** From a point to the piece of line between two others. @param {Point} point @param {Point} from @param {Point} to */
function distanceTo([x, y], [fromX, fromY], [toX, toY]) {
  const alongX = toX - fromX;
  const alongY = toY - fromY;
  const squared = alongX ** 2 + alongY ** 2;
  const share = squared === 0 ? 0 : ((x - fromX) * alongX + (y - fromY) * alongY) / squared;
  const within = Math.min(1, Math.max(0, share));
  return Math.hypot(x - fromX - within * alongX, y - fromY - within * alongY);
}

/** @param {import("geojson").Geometry} geometry @returns {Point[][]} */
function ringsOf(geometry) {
  const polygons =
    geometry.type === "MultiPolygon" ? geometry.coordinates : geometry.type === "Polygon" ? [geometry.coordinates] : [];
  return polygons.flat().map((ring) => ring.map(([x = 0, y = 0]) => [Math.round(x), Math.round(y)]));
}

/** Where the edge is farthest away, tried every few pixels. @param {Point[]} ring */
function roomIn(ring) {
  const edges = ring.map((point, index) => /** @type {const} */ ([point, ring[(index + 1) % ring.length] ?? point]));
  const [xs, ys] = [ring.map(([x]) => x), ring.map(([, y]) => y)];
  let room = {
    x: Math.round((Math.min(...xs) + Math.max(...xs)) / 2),
    y: Math.round((Math.min(...ys) + Math.max(...ys)) / 2),
    radius: 1,
  };
  for (let x = Math.min(...xs); x <= Math.max(...xs); x += gridPx) {
    for (let y = Math.min(...ys); y <= Math.max(...ys); y += gridPx) {
      const radius = roomAt([x, y], edges);
      if (radius > room.radius) room = { x, y, radius };
    }
  }
  return room;
}

/** How far the nearest edge is from a point; 0 outside. @param {Point} point @param {(readonly [Point, Point])[]} edges */
function roomAt(point, edges) {
  const [x, y] = point;
  // A line to the left of a point inside crosses the edges an odd number of times.
  let isInside = false;
  for (const [[fromX, fromY], [toX, toY]] of edges) {
    if (fromY > y !== toY > y && x > ((toX - fromX) * (y - fromY)) / (toY - fromY) + fromX) isInside = !isInside;
  }
  return isInside ? Math.floor(Math.min(...edges.map(([from, to]) => distanceTo(point, from, to)))) : 0;
}

/** The last of the Aleutians would need half as much again of the width. @param {Point} point */
function isOnMap([x, y]) {
  return x >= 0 && x <= width && y >= 0 && y <= height;
}

/** @param {Point[]} ring */
function areaOf(ring) {
  const doubled = ring.reduce((sum, [x, y], index) => {
    const [nextX, nextY] = ring[(index + 1) % ring.length] ?? [x, y];
    return sum + x * nextY - nextX * y;
  }, 0);
  return Math.abs(doubled) / 2;
}

/** Steps from point to point, which are shorter to write than places. @param {Point[]} ring */
function pathOf(ring) {
  const [start, ...rest] = ring.slice(0, -1);
  if (start === undefined) return "";
  let [x, y] = start;
  let text = `M${x} ${y}l`;
  for (const [nextX, nextY] of rest) {
    if (nextX === x && nextY === y) continue;
    const step = [nextX - x, nextY - y];
    for (const length of step) text += length < 0 || text.endsWith("l") ? length : ` ${length}`;
    [x, y] = [nextX, nextY];
  }
  return `${text}z`;
}

/** The package exports no path to its data, so the way leads from its door. @returns {Map} */
function readMap() {
  return JSON.parse(readFileSync(new URL("../data/us-10m.json", import.meta.resolve("vega-datasets")), "utf8"));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(target, outlinesSource());
