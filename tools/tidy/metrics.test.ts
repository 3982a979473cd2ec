import { expect, test } from "vitest";
import { measure, metricsTable } from "./metrics.ts";
import { parseSource } from "./source.ts";

const text = `
export function wide(a: number, b: number, c: number, d: number, e: number): number {
  return (a as number) + b! + c + d + e;
}
const names = ["a"] as const;
class Box {
  open(this: Box, a: number): void {}
}
// oxlint-disable-next-line no-console
`;

test("functions are measured with their names, lines and parameters, and casts without const", () => {
  const measures = measure([parseSource("packages/bothy/src/values/order.ts", text)]);
  expect(measures.functions).toEqual([
    { name: "wide", place: "packages/bothy/src/values/order.ts:2", lines: 3, parameters: 5 },
    { name: "open", place: "packages/bothy/src/values/order.ts:7", lines: 1, parameters: 1 },
  ]);
  expect(measures.files).toEqual([{ path: "packages/bothy/src/values/order.ts", lines: 9 }]);
  expect([measures.casts, measures.nonNulls, measures.suppressions]).toEqual([1, 1, 1]);
});

test("the table counts long functions, and leaves tests and tools out", () => {
  const long = `export function long(): void {\n${"  work();\n".repeat(80)}}\n`;
  const table = metricsTable([
    parseSource("packages/bothy/src/values/order.ts", long),
    parseSource("packages/bothy/src/values/order.test.ts", long),
    parseSource("tools/tidy/main.ts", long),
  ]);
  expect(table).toMatch(/functions > 70 lines +100\.0% \(1\)/);
  expect(table).toMatch(/82 lines +long +packages\/bothy\/src\/values\/order\.ts:1/);
});
