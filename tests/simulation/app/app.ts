import type { ClientApp } from "bothy/client";
import * as lists from "./lists.ts";
import * as notes from "./notes.ts";
import * as office from "./office.ts";
import { nextSchema, schema } from "./schema.ts";
import * as scopes from "./scopes.ts";

/** The simulated app as a device has it. */
export const clientApp: ClientApp = { schema, shared: { "shared/lists": lists, "shared/notes": notes } };

/** The next version of it. */
export const nextClientApp: ClientApp = { ...clientApp, schema: nextSchema };

/** What the bundle of the simulated app exports to function processes. */
export const appBundle = {
  schema,
  modules: { "shared/lists": lists, "shared/notes": notes, office, scopes },
};

/** The next version of it. */
export const nextAppBundle = { ...appBundle, schema: nextSchema };
