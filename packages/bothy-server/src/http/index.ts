/**
 * The deployment's door to the network: the app's front end at `/`, the API under `/api`, the device's socket at
 * `/api/sync`. It guarantees that every request is bounded, that a browser of another origin opens no socket and that
 * errors name a code; what the calls mean is decided by the layers below.
 */
export { callFunction } from "./call-function.ts";
export type { Answer, CallParts } from "./call-function.ts";
export { createHttp } from "./create-http.ts";
export type { Http, HttpParts, LanParts, MetricsParts } from "./create-http.ts";
export { guardLocal, isLocalAddress } from "./guard-local.ts";
export type { HttpFigures } from "./http-figures.ts";
export type { MetricsAccess } from "./metrics-route.ts";
