import { expect, test } from "vitest";
import { checkMetricsAccess } from "./metrics-route.ts";
import type { MetricsAccess } from "./metrics-route.ts";

interface Asking {
  readonly access?: MetricsAccess;
  readonly from?: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function ask({ access = "loopback", from = "127.0.0.1", host = "127.0.0.1:3210", headers = {} }: Asking): string {
  const request = { headers: new Headers(headers), host, remoteAddress: from };
  try {
    checkMetricsAccess(request, access, (key) => key === "the-key");
    return "told";
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

const key = { authorization: "Bearer the-key" };

test.each<[string, Asking]>([
  ["with the key", { access: "key", headers: key }],
  ["with the key, from anywhere", { access: "key", headers: key, from: "203.0.113.9", host: "bothy.example" }],
  ["with the key, through a proxy", { access: "key", headers: { ...key, "x-forwarded-for": "203.0.113.9" } }],
  ["with the key as the command line sends it", { access: "key", headers: { authorization: "Bothy the-key" } }],
  ["from this machine, when that is open to it", {}],
  ["from this machine by another name", { host: "localhost:3210" }],
  ["from this machine, IPv6", { from: "::1", host: "[::1]:3210" }],
  ["from this machine, IPv4 in IPv6", { from: "::ffff:127.0.0.1" }],
])("[ME2] the metrics are told %s", (_how, asking) => {
  expect(ask(asking)).toBe("told");
});

test.each<[string, Asking]>([
  ["without the key, from this machine too", { access: "key" }],
  ["with another key", { access: "key", headers: { authorization: "Bearer other" } }],
  ["with the key in another scheme", { access: "key", headers: { authorization: "Basic the-key" } }],
  ["with an empty key", { access: "key", headers: { authorization: "Bearer " } }],
  ["to others, when open to this machine", { from: "203.0.113.9" }],
  ["to others who name this machine", { from: "10.0.0.1", host: "localhost:3210" }],
  ["through a proxy on this machine", { headers: { "x-forwarded-for": "203.0.113.9" } }],
  ["through one that says so otherwise", { headers: { forwarded: "for=203.0.113.9" } }],
  ["to whom a proxy gave its own name", { host: "bothy.example" }],
  ["to a page whose name was made to lead here", { host: "evil.example:3210" }],
  ["to a page", { headers: { origin: "http://localhost:5173" } }],
  ["to a name that only begins like this machine", { host: "127.0.0.1.evil.example" }],
])("[ME2] the metrics are not told %s", (_how, asking) => {
  expect(ask(asking)).toBe("unauthorized");
});
