// What the browser says of the room that the app takes, and whether it promises to keep it.

import { useEffect, useState } from "react";

export interface DeviceStorage {
  readonly usedBytes?: number | undefined;
  /** True: the browser deletes nothing by itself. Undefined: it does not say. */
  readonly isPersistent?: boolean | undefined;
}

/** The storage of this device, and a way to ask the browser for its promise. Empty where the browser tells nothing. */
export function useDeviceStorage(): readonly [DeviceStorage, askToPersist: () => void] {
  const [storage, setStorage] = useState<DeviceStorage>({});
  useEffect(() => {
    let isGone = false;
    void readStorage().then((read) => {
      if (!isGone) setStorage(read);
    });
    return () => {
      isGone = true;
    };
  }, []);
  const askToPersist = () => {
    // A refusal is what is shown already.
    navigator.storage.persist().then(
      (isPersistent) => setStorage((now) => ({ ...now, isPersistent })),
      () => {},
    );
  };
  return [storage, askToPersist];
}

async function readStorage(): Promise<DeviceStorage> {
  // Absent on plain http to another machine.
  if (!("storage" in navigator)) return {};
  try {
    const [estimate, isPersistent] = await Promise.all([navigator.storage.estimate(), navigator.storage.persisted()]);
    return { usedBytes: estimate.usage, isPersistent };
  } catch {
    return {};
  }
}
