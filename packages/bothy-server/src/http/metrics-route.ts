import { BothyError } from "bothy/internal";

/** Who may read the metrics: holders of the admin key, or also programs on the same machine without it. */
export type MetricsAccess = "key" | "loopback";

/** What decides whether a request may read the metrics. */
export interface MetricsRequest {
  readonly headers: Headers;
  /** The host that the request was sent to. */
  readonly host: string;
  readonly remoteAddress: string;
}

/** What a proxy or a browser adds: such a request was not made by a program on this machine, or not for itself. */
const foreignHeaders = [
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-real-ip",
  "via",
  "origin",
  "sec-fetch-site",
];

/** Refuses whoever may not read the metrics (ME2). */
export function checkMetricsAccess(
  { headers, host, remoteAddress }: MetricsRequest,
  access: MetricsAccess,
  isAdminKey: (key: string) => boolean,
): void {
  const [scheme, key] = (headers.get("authorization") ?? "").split(" ");
  if ((scheme === "Bearer" || scheme === "Bothy") && key !== undefined && isAdminKey(key)) return;
  const isLocal = isLoopback(remoteAddress) && isLocalName(host) && !foreignHeaders.some((name) => headers.has(name));
  if (access === "loopback" && isLocal) return;
  throw new BothyError("unauthorized", {
    message: "The metrics of the deployment are for the holder of its admin key.",
    fix: 'Send it as "Authorization: Bearer <key>"; it lies in the file admin-key of the data folder. Or start the server with --metrics loopback.',
  });
}

function isLoopback(address: string): boolean {
  return /^(?:::ffff:)?127\.\d+\.\d+\.\d+$/u.test(address) || address === "::1";
}

/** A name that leads to this machine from nowhere else: a page can't make a browser ask for it under a name of its own. */
function isLocalName(host: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/u.test(host);
}
