import { BothyError } from "../errors/index.ts";
import type { ClientWorld } from "../base/index.ts";
import { hexOfBytes } from "../values/index.ts";
import type { ClientStorage, StoredRow } from "../storage/index.ts";
import type { Marker } from "./marker.ts";
import { putRow, readKept, type Stamped, type StoredDevice } from "./stored-rows.ts";

/** Draws a new device id. */
export function drawDeviceId(world: ClientWorld): string {
  return hexOfBytes(world.random.bytes(16));
}

/** What a device is opened with. */
export interface DeviceToOpen {
  /** The database's, among tabs. */
  readonly name: string;
  readonly stamp: Stamped;
  /** What the storage has as its device. */
  readonly stored: StoredRow;
  /** There was one before, in a database that has gone. */
  readonly marker: Marker | undefined;
}

/** Finds this profile's device, or makes it. Tabs that open at once agree on one, because only one holds the lock. */
export async function openDevice(
  world: ClientWorld,
  storage: ClientStorage,
  { name, stamp, stored, marker }: DeviceToOpen,
): Promise<StoredDevice> {
  const known = readKept<StoredDevice>(stored);
  if (known) return known;
  if (stored !== undefined) {
    throw new BothyError("schema_mismatch", {
      message: "A newer version of this app has stored the data.",
      fix: "Reload the app; the data is kept.",
    });
  }
  const release = await holdLock(world, `${name}:device`);
  try {
    const meanwhile = readKept<StoredDevice>(await storage.get("meta", ["device"]));
    if (meanwhile) return meanwhile;
    const device: StoredDevice = {
      ...stamp,
      id: drawDeviceId(world),
      // With the key of the one that was evicted it is the same user's, and is told how far that one got.
      key: marker?.key ?? hexOfBytes(world.random.bytes(32)),
      start: 0,
      ...(marker && { previous: marker.id }),
    };
    await storage.write([
      putRow("meta", ["device"], device),
      ...(marker ? [putRow("meta", ["evicted"], { ...stamp, ...marker })] : []),
    ]);
    return device;
  } finally {
    release();
  }
}

/** Waits for a lock between tabs; where there are none this tab is alone. */
function holdLock(world: ClientWorld, name: string): Promise<() => void> {
  return new Promise((resolve) => {
    if (!world.locks) return resolve(() => undefined);
    const release = world.locks.hold(name, () => resolve(() => release()));
  });
}
