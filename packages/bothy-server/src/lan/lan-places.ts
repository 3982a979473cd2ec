import { BothyError } from "bothy/internal";
import type { LocalNetwork } from "../base/index.ts";
import { isLanAddress, isPrivateAddress } from "./private-addresses.ts";

/** Where devices of the local network find this machine. */
export interface LanPlaces {
  /** At least one; the one that a person should try first stands first. */
  readonly addresses: readonly string[];
  /** Name by which machines that announce themselves are found, such as `box.local`. */
  readonly name: string | undefined;
}

/** Addresses that are served at most: a machine with more has interfaces that no phone reaches. */
const addressesMax = 16;

/** Chooses where to serve: on the address that is wanted, or on every private address of the machine. */
export function choosePlaces(network: LocalNetwork, wanted: string | undefined): LanPlaces {
  const name = localNameOf(network.hostName);
  if (wanted !== undefined) {
    if (isPrivateAddress(wanted)) return { addresses: [wanted], name };
    throw new BothyError("config_invalid", {
      message: `${JSON.stringify(wanted)} is not an address of a private network, and no other is served with --lan.`,
      fix: `Name one of ${listed(lanAddressesOf(network))}, or leave it out to serve on all of them.`,
    });
  }
  const addresses = lanAddressesOf(network);
  if (addresses.length > 0) return { addresses, name };
  throw new BothyError("config_invalid", {
    message:
      "This machine has no address in a private network, so no phone can reach it: --lan has nothing to serve on.",
    fix: "Join a Wi-Fi or plug in a cable, and start again. Private addresses begin with 10., 172.16. to 172.31., 192.168., 169.254. or fd.",
  });
}

/** Whether two choices are the same for those who come there. */
export function arePlacesEqual(one: LanPlaces, other: LanPlaces): boolean {
  return one.name === other.name && one.addresses.join() === other.addresses.join();
}

/** A host as it stands in a URL. */
export function hostOf(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

/** The way out of the network leads by the one that phones use too; addresses that were given come before made-up ones. */
function lanAddressesOf({ addresses, routed }: LocalNetwork): readonly string[] {
  const rank = (address: string): number => {
    if (address === routed) return 0;
    if (address.includes(":")) return 2;
    return address.startsWith("169.254.") ? 3 : 1;
  };
  const found = [...new Set(addresses.filter(isLanAddress))];
  return found.toSorted((one, other) => rank(one) - rank(other)).slice(0, addressesMax);
}

function localNameOf(hostName: string): string | undefined {
  const [label = ""] = hostName.toLowerCase().split(".");
  return /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/u.test(label) && label !== "localhost" ? `${label}.local` : undefined;
}

function listed(addresses: readonly string[]): string {
  return addresses.length === 0 ? "this machine's private addresses (it has none now)" : addresses.join(", ");
}
