/** One line of the report. */
export interface Row {
  readonly what: string;
  readonly bothy: string;
  readonly floor: string;
  readonly ratio: string;
  readonly goal: string;
}

/** Prints rows as aligned columns. */
export function printTable(rows: readonly Row[]): void {
  const head: Row = { what: "what", bothy: "bothy", floor: "floor", ratio: "ratio", goal: "goal" };
  const names = ["what", "bothy", "floor", "ratio", "goal"] as const;
  const widths = names.map((name) => Math.max(...[head, ...rows].map((row) => row[name].length)));
  for (const row of [head, ...rows]) {
    process.stdout.write(
      `${names
        .map((name, at) => row[name].padEnd(widths[at] ?? 0))
        .join("  ")
        .trimEnd()}\n`,
    );
  }
}

/** A number with as many digits as tell something. */
export function show(number: number, unit: string): string {
  const digits = number >= 100 ? 0 : number >= 10 ? 1 : 2;
  return `${number.toLocaleString("en-US", { maximumFractionDigits: digits })} ${unit}`;
}
