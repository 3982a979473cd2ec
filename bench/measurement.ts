import type { Row } from "./table.ts";

/** What a measurement is given: the app and a fresh folder. */
export interface Bench {
  readonly app: string;
  readonly folder: string;
}

/** Measures something and returns the lines that tell of it. */
export type Measurement = (bench: Bench) => Promise<readonly Row[]>;
