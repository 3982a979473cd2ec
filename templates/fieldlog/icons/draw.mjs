// Draws the app's icons into public/: `node icons/draw.mjs`. Run it after changing the mark; the results are committed.

import { writeFileSync } from "node:fs";
import { encodePng } from "./png.mjs";

const ground = [0x1b, 0x1f, 0x1a];
const yellow = [0xff, 0xd2, 0x3f];

/** A gliding bird as cubic curves in a box of 64 by 24: start, then two control points and an end for each. */
const bird = {
  start: [2, 8],
  curves: [
    [12, 1, 22, 2, 32, 16],
    [42, 2, 52, 1, 62, 8],
    [53, 6, 43, 8, 32, 22],
    [21, 8, 11, 6, 2, 8],
  ],
};

const samplesPerSide = 4;

for (const [name, size, isFull] of /** @type {const} */ ([
  ["icon-180.png", 180, true],
  ["icon-192.png", 192, false],
  ["icon-512.png", 512, false],
  ["icon-maskable-512.png", 512, true],
])) {
  writeFileSync(target(name), encodePng(size, size, draw(size, isFull)));
}
writeFileSync(target("icon.svg"), svg());

/** @param {string} name */
function target(name) {
  return new URL(`../public/${name}`, import.meta.url);
}

/**
 * @param {number} size
 * @param {boolean} isFull to the edges, for systems that cut the shape themselves
 * @returns {Uint8Array} RGBA
 */
function draw(size, isFull) {
  const pixels = new Uint8Array(size * size * 4);
  const outline = flatten();
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) pixels.set(pixelAt(x, y, { size, isFull, outline }), (y * size + x) * 4);
  }
  return pixels;
}

/** @param {number} x @param {number} y @param {{ size: number, isFull: boolean, outline: number[][] }} picture */
function pixelAt(x, y, { size, isFull, outline }) {
  const sum = [0, 0, 0, 0];
  for (let sample = 0; sample < samplesPerSide ** 2; sample++) {
    const u = (x + ((sample % samplesPerSide) + 0.5) / samplesPerSide) / size;
    const v = (y + (Math.floor(sample / samplesPerSide) + 0.5) / samplesPerSide) / size;
    const colour = colourAt(u, v, isFull, outline);
    if (colour === undefined) continue;
    colour.forEach((part, index) => (sum[index] = (sum[index] ?? 0) + part));
    sum[3] = (sum[3] ?? 0) + 1;
  }
  const covered = sum[3] ?? 0;
  if (covered === 0) return [0, 0, 0, 0];
  return [0, 1, 2]
    .map((part) => Math.round((sum[part] ?? 0) / covered))
    .concat(Math.round((255 * covered) / samplesPerSide ** 2));
}

/** The plate of a taxiway sign: black, a yellow line inside its edge, the bird. @param {number} u @param {number} v @param {boolean} isFull @param {number[][]} outline */
function colourAt(u, v, isFull, outline) {
  if (!isFull && !isInRoundedSquare(u, v, 0, 0.2)) return undefined;
  if (!isFull && isInRoundedSquare(u, v, 0.07, 0.14) && !isInRoundedSquare(u, v, 0.105, 0.11)) return yellow;
  const width = isFull ? 0.56 : 0.68;
  const scale = 64 / width;
  return isInside((u - 0.5) * scale + 32, (v - 0.5) * scale + 12, outline) ? yellow : ground;
}

/** @param {number} u @param {number} v @param {number} inset @param {number} radius */
function isInRoundedSquare(u, v, inset, radius) {
  const half = 0.5 - inset;
  const dx = Math.max(Math.abs(u - 0.5) - (half - radius), 0);
  const dy = Math.max(Math.abs(v - 0.5) - (half - radius), 0);
  return dx * dx + dy * dy <= radius * radius;
}

/** Whether a ray from the point crosses the outline an odd number of times. @param {number} x @param {number} y @param {number[][]} outline */
function isInside(x, y, outline) {
  let isIn = false;
  for (let i = 0; i < outline.length; i++) {
    const [ax = 0, ay = 0] = outline[i] ?? [];
    const [bx = 0, by = 0] = outline[(i + 1) % outline.length] ?? [];
    if (ay > y !== by > y && x < ax + ((y - ay) / (by - ay)) * (bx - ax)) isIn = !isIn;
  }
  return isIn;
}

/** The bird's curves as points. */
function flatten() {
  const points = [];
  let [x = 0, y = 0] = bird.start;
  for (const [ax = 0, ay = 0, bx = 0, by = 0, endX = 0, endY = 0] of bird.curves) {
    for (let t = 0; t < 1; t += 1 / 24) {
      const s = 1 - t;
      const mix = (
        /** @type {number} */ p,
        /** @type {number} */ a,
        /** @type {number} */ b,
        /** @type {number} */ q,
      ) => s ** 3 * p + 3 * s * s * t * a + 3 * s * t * t * b + t ** 3 * q;
      points.push([mix(x, ax, bx, endX), mix(y, ay, by, endY)]);
    }
    [x, y] = [endX, endY];
  }
  return points;
}

function svg() {
  const hex = (/** @type {number[]} */ colour) =>
    `#${colour.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  const path = `M${bird.start.join(" ")}${bird.curves.map((curve) => `C${curve.join(" ")}`).join("")}Z`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" rx="20" fill="${hex(ground)}"/><rect x="8.75" y="8.75" width="82.5" height="82.5" rx="12.5" fill="none" stroke="${hex(yellow)}" stroke-width="3.5"/><path transform="translate(16 37.25) scale(1.0625)" fill="${hex(yellow)}" d="${path}"/></svg>\n`;
}
