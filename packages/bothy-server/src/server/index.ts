/**
 * Assembles a deployment from the layers below and owns its start and stop: data folder under its lock, functions
 * built and loaded, port open. Starting either succeeds or leaves nothing open. Commands reach a deployment here,
 * whether it runs in this process, in another one, or not at all. What the parts do is theirs.
 */
export type { MetricsAccess } from "../http/index.ts";
export type { LanStatus } from "../lan/index.ts";
export type { ImportJournal } from "../system/index.ts";
export { connectTo, openAdminConnection } from "./admin-connection.ts";
export type { AdminConnection } from "./admin-connection.ts";
export { examineFolder, repairFolder } from "../engine/index.ts";
export type { FolderReport, Repair } from "../engine/index.ts";
export { openParts } from "./open-parts.ts";
export type { Parts, PartsOptions } from "./open-parts.ts";
export { openServer } from "./open-server.ts";
export type { BothyServer, LanServing, Reloaded, ServerOptions } from "./open-server.ts";
