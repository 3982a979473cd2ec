import { createFunctions, type DataModelFromSchema } from "bothy";
import type { schema } from "./schema.ts";

/** The words in which the functions of the simulated app are written. */
export const { query, mutation, scope } = createFunctions<DataModelFromSchema<typeof schema>>();
