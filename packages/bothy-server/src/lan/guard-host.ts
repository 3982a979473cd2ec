import { BothyError, errorCodes, toWireError } from "bothy/internal";
import type { ListenRequest } from "../base/index.ts";

/** Who answers requests and decides on sockets. */
export type Answers = Pick<ListenRequest, "respond" | "accept">;

/** What a port of the local network takes. */
export interface HostRule {
  readonly scheme: "http" | "https";
  /** Hosts as a request names them, asked anew for each: they change with the network. */
  readonly hosts: () => ReadonlySet<string>;
  /** Origins of pages from elsewhere that may connect. */
  readonly allowedOrigins: readonly string[];
}

/**
 * Lets only requests through that were sent to an announced address. A page from elsewhere can make a browser of this
 * network send requests here under a name of its own, and would count as ours if names were taken as they come.
 */
export function guardHost({ respond, accept }: Answers, rule: HostRule): Answers {
  const isOurs = ({ headers }: Request): boolean => rule.hosts().has((headers.get("host") ?? "").toLowerCase());
  return {
    respond: (request, remoteAddress) =>
      isOurs(request) ? respond(request, remoteAddress) : Response.json(refusal(), { status: refusalStatus }),
    accept: (request, remoteAddress) => {
      const origin = request.headers.get("origin");
      // Who answers compares hosts; the scheme has to be the port's as well.
      const isOrigin =
        origin === null || origin.startsWith(`${rule.scheme}://`) || rule.allowedOrigins.includes(origin);
      if (isOurs(request) && isOrigin) return accept(request, remoteAddress);
      return { kind: "refused", status: refusalStatus, json: JSON.stringify(refusal()) };
    },
  };
}

const refusalStatus = errorCodes.origin_refused.httpStatus;

function refusal(): object {
  const error = new BothyError("origin_refused", {
    message: "This deployment is not served under the name that this request was sent to.",
    fix: "Use an address that it has printed at its start.",
  });
  return { error: toWireError(error) };
}
