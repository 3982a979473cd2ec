import { join } from "node:path";
import { BothyError, errorCodes, isBothyError } from "bothy/internal";
import type { Answers, Listening, LocalNetwork, World } from "../base/index.ts";
import { openAuthority } from "./authority.ts";
import { guardHost } from "./guard-host.ts";
import type { Identity } from "./key-file.ts";
import { arePlacesEqual, choosePlaces } from "./lan-places.ts";
import type { LanPlaces } from "./lan-places.ts";
import { createLanRoutes } from "./lan-routes.ts";
import type { LanRoutes } from "./lan-routes.ts";
import { httpHosts, httpsHosts, httpsUrls, trustPageUrl } from "./lan-urls.ts";
import type { LanPorts } from "./lan-urls.ts";
import { isRenewalDue, openServerCertificate } from "./server-certificate.ts";

/** What serving on a local network needs. */
export interface LanOptions {
  readonly world: Pick<World, "clock" | "random" | "disk" | "network" | "log">;
  /** Data folder. */
  readonly folder: string;
  /** The only address to serve on; undefined: all private ones. */
  readonly address: string | undefined;
  readonly readNetwork: () => Promise<LocalNetwork>;
}

/** Where devices find the deployment, and how they know that it is this one. */
export interface LanStatus {
  /** Over https, the one to try first in front. */
  readonly urls: readonly string[];
  /** The page on which a device learns to trust the server. */
  readonly trustUrl: string;
  /** SHA-256 of the authority. */
  readonly fingerprint: string;
}

/** What is listened on, and who answers there. */
export interface LanListenOptions {
  /** Of https 0 picks a free one. */
  readonly ports: LanPorts;
  /** Where plain http is served already. */
  readonly host: string;
  readonly answers: Answers;
  readonly allowedOrigins: readonly string[];
  readonly maxMessageBytes: number;
  /** Told when the network has changed and with it the addresses. */
  readonly onMoved: (status: LanStatus) => void;
}

/** How often the network and the certificate's end are looked at. */
export const lookEveryMs = 10_000;

/** A deployment's side to the local network; opened before its port, so that nothing is served where it can't be. */
export class Lan {
  /** Answers what belongs to trusting the server. */
  readonly routes: LanRoutes;
  readonly #options: LanOptions;
  readonly #folder: string;
  readonly #authority: Identity;
  #places: LanPlaces;
  #certificate: Identity;
  #ports: LanPorts = { http: 0, https: 0 };
  #listenOptions: LanListenOptions | undefined;
  readonly #listeningByPlace = new Map<string, Listening>();
  #cancelLook: () => void = () => undefined;
  #looking: Promise<void> = Promise.resolve();
  /** Whether the addresses have changed since they were last told. */
  #isMoved = false;
  #isClosed = false;

  private constructor(options: LanOptions, parts: LanParts) {
    this.#options = options;
    this.#folder = parts.folder;
    this.#authority = parts.authority;
    this.#places = parts.places;
    this.#certificate = parts.certificate;
    this.routes = createLanRoutes({
      authority: parts.authority,
      where: () => ({ places: this.#places, ports: this.#ports }),
    });
  }

  /** Reads or makes what devices are to trust; listens on nothing yet. */
  static async open(options: LanOptions): Promise<Lan> {
    const { world } = options;
    const network = await options.readNetwork();
    const places = choosePlaces(network, options.address);
    const folder = join(options.folder, "lan");
    await world.disk.makeFolder(folder, 0o700);
    const authority = await openAuthority(world, folder, network.hostName);
    const certificate = await openServerCertificate(world, { folder, authority, places });
    return new Lan(options, { folder, authority, places, certificate });
  }

  get status(): LanStatus {
    return {
      urls: httpsUrls(this.#places, this.#ports),
      trustUrl: trustPageUrl(this.#places, this.#ports),
      fingerprint: this.#authority.content.fingerprint256,
    };
  }

  /** Serves on all places, and follows the network from then on. */
  async listen(options: LanListenOptions): Promise<void> {
    this.#listenOptions = options;
    this.#ports = options.ports;
    try {
      await this.#openPlaces(options);
    } catch (error) {
      await this.close(errorCodes.shutting_down.socketCloseCode, "shutting_down");
      throw error;
    }
    this.#lookLater();
  }

  /** Stops accepting and closes sockets with the code; what is on the disk stays. */
  async close(code: number, reason: string): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook();
    await this.#looking;
    const all = [...this.#listeningByPlace.values()];
    this.#listeningByPlace.clear();
    await Promise.all(all.map((listening) => listening.close(code, reason)));
  }

  #lookLater(): void {
    if (this.#isClosed) return;
    const { clock, log } = this.#options.world;
    this.#cancelLook = clock.after(lookEveryMs, () => {
      this.#looking = this.#look()
        .catch((error: unknown) => log.warn("The local network could not be followed; it is tried again.", { error }))
        .then(() => this.#lookLater());
    });
  }

  async #look(): Promise<void> {
    const { world, readNetwork, address } = this.#options;
    const places = placesIn(await readNetwork(), address) ?? this.#places;
    const due = { authority: this.#authority, places, nowMs: world.clock.nowMs() };
    if (isRenewalDue(this.#certificate, due)) {
      this.#certificate = await openServerCertificate(world, { ...due, folder: this.#folder });
      for (const [place, listening] of this.#listeningByPlace) {
        if (place.startsWith("https")) listening.setTls(this.#certificate);
      }
      world.log.info("The certificate for the local network was renewed.");
    }
    const options = this.#listenOptions;
    if (options === undefined || this.#isClosed) return;
    this.#isMoved ||= !arePlacesEqual(places, this.#places);
    this.#places = places;
    await this.#closeGone();
    // Also where nothing has moved: an address may not have been ready when it was first seen.
    await this.#openPlaces(options);
    if (!this.#isMoved) return;
    this.#isMoved = false;
    options.onMoved(this.status);
  }

  async #openPlaces(options: LanListenOptions): Promise<void> {
    for (const address of httpsAddresses(this.#places)) {
      const listening = await this.#open("https", address, options);
      if (listening !== undefined) this.#ports = { ...this.#ports, https: listening.port };
    }
    for (const address of this.#places.addresses) {
      if (address !== options.host) await this.#open("http", address, options);
    }
  }

  async #open(scheme: "http" | "https", host: string, options: LanListenOptions): Promise<Listening | undefined> {
    const place = `${scheme} ${host}`;
    if (this.#listeningByPlace.has(place)) return undefined;
    const hosts = scheme === "http" ? httpHosts : httpsHosts;
    const { allowedOrigins, maxMessageBytes } = options;
    const request = {
      ...guardHost(options.answers, { scheme, allowedOrigins, hosts: () => hosts(this.#places, this.#ports) }),
      host,
      port: this.#ports[scheme],
      maxMessageBytes,
      ...(scheme === "https" && { tls: this.#certificate }),
    };
    const listening = await this.#options.world.network.listen(request).catch((error: unknown) => {
      throw scheme === "https" ? busyHttps(error) : error;
    });
    this.#listeningByPlace.set(place, listening);
    return listening;
  }

  async #closeGone(): Promise<void> {
    const { addresses } = this.#places;
    const wanted = new Set([
      ...httpsAddresses(this.#places).map((address) => `https ${address}`),
      ...addresses.map((address) => `http ${address}`),
    ]);
    for (const [place, listening] of [...this.#listeningByPlace]) {
      if (wanted.has(place)) continue;
      this.#listeningByPlace.delete(place);
      await listening.close(errorCodes.shutting_down.socketCloseCode, "shutting_down");
    }
  }
}

interface LanParts {
  readonly folder: string;
  readonly authority: Identity;
  readonly places: LanPlaces;
  readonly certificate: Identity;
}

/** This machine can try the certificate itself; first, because its address is always there. */
function httpsAddresses({ addresses }: LanPlaces): readonly string[] {
  return [...new Set(["127.0.0.1", ...addresses])];
}

/** No private address for a while, as between two networks, changes nothing. */
function placesIn(network: LocalNetwork, address: string | undefined): LanPlaces | undefined {
  try {
    return choosePlaces(network, address);
  } catch (error) {
    if (isBothyError(error)) return undefined;
    throw error;
  }
}

/** Another port is never taken by itself: to a phone that would be another app, without what the first one keeps. */
function busyHttps(error: unknown): unknown {
  if (!isBothyError(error) || error.code !== "port_busy") return error;
  return new BothyError("port_busy", {
    message: `${error.message} It is wanted for https on the local network.`,
    fix: "Stop that program, or choose another port with --https-port and keep to it: phones know the app by its address.",
    cause: error.cause,
  });
}
