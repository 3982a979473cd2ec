/**
 * What tests of a deployment stand on: a device as docs/spec/sync.md describes it, computed the slow and obvious way.
 *
 * It holds what a deployment's pokes say and nothing else, and lists what a deployment may not do. Sockets, mutations and the
 * moment at which something is checked are left to the test. Nothing in production imports it.
 */
export { DeviceModel } from "./device-model.ts";
export type { ModelRange, ModelRow } from "./device-model.ts";
