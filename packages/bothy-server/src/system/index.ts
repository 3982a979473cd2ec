/**
 * Bothy's own functions, under names that begin with `_system/`. They run as transactions of the server itself over
 * the same `ctx.db` that an app's functions get, and are called with the admin key by the command line. Every one
 * validates its arguments; which caller may call is decided above.
 */
export { callSystem, isSystemFunction } from "./call.ts";
export { exportTables } from "./export-tables.ts";
export { readJournal } from "./import-journal.ts";
export type { ImportJournal, ImportMode } from "./import-journal.ts";
