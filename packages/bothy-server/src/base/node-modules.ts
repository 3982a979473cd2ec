import { builtinModules } from "node:module";

/** The names of Node's own modules, without `node:` in front. */
export const nodeModuleNames: ReadonlySet<string> = new Set(builtinModules);
