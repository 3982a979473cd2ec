import { guardAnswers, type Answers } from "../base/index.ts";

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
export function guardHost(answers: Answers, { scheme, hosts, allowedOrigins }: HostRule): Answers {
  return guardAnswers(answers, {
    isOurs: ({ headers }) => hosts().has((headers.get("host") ?? "").toLowerCase()),
    // Who answers compares hosts; the scheme has to be the port's as well.
    mayConnect({ headers }) {
      const origin = headers.get("origin");
      return origin === null || origin.startsWith(`${scheme}://`) || allowedOrigins.includes(origin);
    },
    fix: "Use an address that it has printed at its start.",
  });
}
