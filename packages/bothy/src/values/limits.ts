import * as figures from "./limit-figures.ts";

/** Every limit on what is stored, sent and read (VA16), by name. */
export const limits: typeof figures = figures;
