import type { Clock } from "../base/index.ts";
import { Allowance } from "./allowance.ts";
import type { SyncLimits } from "./limits.ts";

const hourMs = 3_600_000;
// Far more than can have an open socket; beyond, those that have used least are forgotten.
const addressesMax = 50_000;

/**
 * What each address has open and has begun, so that one of them cannot use up what is there for all. This machine is not
 * counted: a proxy in front of the server makes all clients look like it.
 */
export class AddressBook {
  readonly #clock: Clock;
  readonly #limits: SyncLimits;
  readonly #socketsByAddress = new Map<string, number>();
  readonly #newDevicesByAddress = new Map<string, Allowance>();

  constructor(clock: Clock, limits: SyncLimits) {
    this.#clock = clock;
    this.#limits = limits;
  }

  /** Counts a socket; false when its address has too many. */
  open(address: string): boolean {
    const count = this.#socketsByAddress.get(address) ?? 0;
    if (!isThisMachine(address) && count >= this.#limits.socketsPerAddressMax) return false;
    this.#socketsByAddress.set(address, count + 1);
    return true;
  }

  close(address: string): void {
    const count = this.#socketsByAddress.get(address) ?? 0;
    if (count > 1) this.#socketsByAddress.set(address, count - 1);
    else this.#socketsByAddress.delete(address);
  }

  /** Counts a device that is new here; false when too many have come from its address. */
  admitDevice(address: string): boolean {
    if (isThisMachine(address)) return true;
    let allowance = this.#newDevicesByAddress.get(address);
    if (allowance === undefined) {
      this.#forget();
      const { newDevicesPerHour } = this.#limits;
      allowance = new Allowance(this.#clock, newDevicesPerHour, { refill: newDevicesPerHour, everyMs: hourMs });
      this.#newDevicesByAddress.set(address, allowance);
    }
    return allowance.take();
  }

  /** Whoever has used nothing for an hour is as if never seen; if that is not enough, the oldest go. */
  #forget(): void {
    if (this.#newDevicesByAddress.size < addressesMax) return;
    for (const [address, allowance] of this.#newDevicesByAddress)
      if (allowance.isFull) this.#newDevicesByAddress.delete(address);
    for (const address of this.#newDevicesByAddress.keys()) {
      if (this.#newDevicesByAddress.size < addressesMax) return;
      this.#newDevicesByAddress.delete(address);
    }
  }
}

function isThisMachine(address: string): boolean {
  return address === "::1" || /^(::ffff:)?127\./.test(address);
}
