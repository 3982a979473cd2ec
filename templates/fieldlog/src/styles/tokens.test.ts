import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const css = readFileSync(new URL("tokens.css", import.meta.url), "utf8");
const faces = ["light", "dark"] as const;

const surfaces = ["ground", "sheet", "sunk", "raised", "hover"];
const steps = ["step-0", "step-1", "step-2", "step-3", "step-4", "step-5"];

/** What is read on what: ink, and every ground under it. */
const readable: readonly (readonly [string, readonly string[]])[] = [
  ["ink", [...surfaces, "accent-wash", "wait-wash", "bad-wash", "good-wash", "conflict-wash"]],
  ["soft", [...surfaces, "accent-wash", "wait-wash", "bad-wash", "conflict-wash"]],
  ["accent", [...surfaces, "accent-wash"]],
  ["accent-strong", [...surfaces, "accent-wash"]],
  ["accent-ink", ["accent", "accent-strong"]],
  ["wait", [...surfaces, "wait-wash"]],
  ["bad", [...surfaces, "bad-wash"]],
  ["good", [...surfaces, "good-wash"]],
  ["conflict", [...surfaces, "conflict-wash"]],
  ["rail-ink", ["rail", "rail-raised"]],
  ["rail-soft", ["rail", "rail-raised"]],
  ["rail-good", ["rail", "rail-raised"]],
  ["rail-wait", ["rail", "rail-raised"]],
  ["rail-bad", ["rail", "rail-raised"]],
  ["sign-ink", ["sign", "rail", "rail-raised"]],
  ["step-ink-low", ["step-0", "step-1", "step-2"]],
  ["step-ink-high", ["step-4", "step-5"]],
];

/** Edges of controls and marks that carry a meaning of their own. */
const visible: readonly (readonly [string, readonly string[]])[] = [
  ["line-strong", surfaces],
  ["focus", [...surfaces, "accent-wash"]],
  ...["harm-none", "harm-minor", "harm-medium", "harm-substantial"].map((name) => [name, ["sheet", "sunk"]] as const),
  ...["winter", "spring", "summer", "autumn"].map((name) => [`season-${name}`, ["sheet", "raised"]] as const),
  ...["bar", "selected"].map((name) => [`chart-${name}`, ["sheet", "raised"]] as const),
];

test.each(faces)("in %s, every text is readable on every ground it stands on", (face) => {
  expect(belowRatio(readable, 4.5, face)).toEqual([]);
});

test.each(faces)("in %s, the edges of controls and the marks of charts stand out", (face) => {
  expect(belowRatio(visible, 3, face)).toEqual([]);
});

test.each(faces)("in %s, the steps of the map are told apart and go one way", (face) => {
  const light = steps.map((name) => luminance(colorOf(name, face)));
  const order = light.map((_, index) => index).sort((a, b) => (light[a] ?? 0) - (light[b] ?? 0));
  expect(order).toEqual(face === "light" ? [5, 4, 3, 2, 1, 0] : [0, 1, 2, 3, 4, 5]);
  for (const [index, name] of steps.slice(1).entries()) {
    expect(ratio(name, steps[index] ?? "", face), name).toBeGreaterThan(1.12);
  }
});

test("a ratio is computed as WCAG does", () => {
  expect(luminance("#ffffff")).toBeCloseTo(1);
  expect(ratioOf("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
});

function belowRatio(pairs: typeof readable, least: number, face: "light" | "dark"): string[] {
  return pairs.flatMap(([name, grounds]) =>
    grounds
      .filter((ground) => ratio(name, ground, face) < least)
      .map((ground) => `${name} on ${ground}: ${ratio(name, ground, face).toFixed(2)}`),
  );
}

function ratio(name: string, ground: string, face: "light" | "dark"): number {
  return ratioOf(colorOf(name, face), colorOf(ground, face));
}

/** The hex colour that a token has by day or by night. */
function colorOf(name: string, face: "light" | "dark"): string {
  const found = new RegExp(`--${name}: (?:light-dark\\((#\\w{6}), (#\\w{6})\\)|(#\\w{6}));`).exec(css);
  const color = found?.[3] ?? found?.[face === "light" ? 1 : 2];
  if (color === undefined) throw new Error(`tokens.css has no colour --${name}.`);
  return color;
}

function ratioOf(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/** Relative luminance of WCAG 2. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
