import type { Row } from "./table.ts";

/** What a measurement is given: the app and a fresh folder. */
export interface Bench {
  readonly app: string;
  readonly folder: string;
  /** Documents of the large table: a million, or fewer for a quick run (`--rows`). */
  readonly rows: number;
}

/** Measures something and returns the lines that tell of it. */
export type Measurement = (bench: Bench) => Promise<readonly Row[]>;
