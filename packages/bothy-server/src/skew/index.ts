/**
 * Versions of an app: which schemas have been in force, which devices run what, and how a device of another schema is
 * served in its own terms (docs/spec/skew.md).
 *
 * A lens never fails for what its source lets through: where one would, there is none, and the device is out of reach. A
 * deploy that would put devices out of reach, or have what they queued parked, is named before anything is changed.
 * Who is asked, and what a socket is told, is left to `sync` and `server`; bringing up arguments to function processes.
 */
export { appVersionOf } from "./app-version.ts";
export type { AppVersion, BuiltApp } from "./app-version.ts";
export { readCensus } from "./census.ts";
export type { DeviceEntry, QueuedCall } from "./census.ts";
export type { AppMutation } from "./function-history.ts";
export type { SchemaVerdict } from "./judge-schema.ts";
export { skewLimits } from "./limits.ts";
export { openSkew } from "./open-skew.ts";
export type { Skew, SkewOptions } from "./open-skew.ts";
export type { PathTerms } from "./path-terms.ts";
export { findStranded, planDeploy, strandsDevices } from "./plan-deploy.ts";
export type { Stranded } from "./plan-deploy.ts";
export { readHistory, readSchemaInForce } from "./schema-history.ts";
export type { AppSchema } from "./schema-history.ts";
