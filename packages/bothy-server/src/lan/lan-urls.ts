import { hostOf } from "./lan-places.ts";
import type { LanPlaces } from "./lan-places.ts";

/** On which ports of its places a deployment is served. */
export interface LanPorts {
  readonly http: number;
  readonly https: number;
}

/** The places over https, the one to try first in front. */
export function httpsUrls(places: LanPlaces, ports: LanPorts): readonly string[] {
  return hostsOf(places).map((host) => originOf("https", host, ports.https));
}

/** Hosts that requests over plain http may name. */
export function httpHosts(places: LanPlaces, { http }: LanPorts): ReadonlySet<string> {
  return new Set(hostsOf(places).map((host) => new URL(originOf("http", host, http)).host));
}

/** Hosts that requests over https may name: this machine tries it under its own name too. */
export function httpsHosts(places: LanPlaces, { https }: LanPorts): ReadonlySet<string> {
  const hosts = [...hostsOf(places), ...ownHosts];
  return new Set(hosts.map((host) => new URL(originOf("https", host, https)).host));
}

/** The page on which a device learns to trust the server; reached without trusting it. */
export function trustPageUrl(places: LanPlaces, { http }: LanPorts): string {
  return `${originOf("http", hostsOf(places)[0] ?? "localhost", http)}/lan`;
}

/** The https address that belongs to the host of a request, which a device keeps its data under. */
export function httpsUrlFor(host: string, places: LanPlaces, ports: LanPorts): string {
  const urls = httpsUrls(places, ports);
  const own = ownHosts.map((name) => originOf("https", name, ports.https));
  const name = hostNameOf(host);
  return [...urls, ...own].find((url) => new URL(url).hostname === name) ?? urls[0] ?? "";
}

const ownHosts = ["localhost", "127.0.0.1"];

function hostsOf({ addresses, name }: LanPlaces): readonly string[] {
  return [...addresses.map(hostOf), ...(name === undefined ? [] : [name])];
}

function originOf(scheme: "http" | "https", host: string, port: number): string {
  return new URL(`${scheme}://${host}:${port}`).origin;
}

function hostNameOf(host: string): string {
  try {
    return new URL(`http://${host}`).hostname;
  } catch {
    // No host that any address has.
    return "";
  }
}
