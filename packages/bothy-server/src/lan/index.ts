/**
 * Serves a deployment to the devices of a local network over https: a certificate authority of the deployment's own,
 * which can vouch for private addresses only, a certificate that follows the network and the clock, ports on every
 * private address, and the page on which a device learns to trust it. It guarantees that no other name than an announced
 * one is answered. What is answered is `http`'s; when it is asked for is `server`'s. Loaded only where it is asked for.
 */
export { Lan } from "./open-lan.ts";
export type { LanListenOptions, LanOptions, LanStatus } from "./open-lan.ts";
export type { LanRoutes } from "./lan-routes.ts";
