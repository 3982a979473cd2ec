import { assert, SortedMap } from "bothy/internal";
import type { Store, StoreEntry, StoreReader, StoreSnapshot } from "./store.ts";

/** Makes an empty store in memory, for tests and the simulator. */
export function createMemoryStore(): Store {
  const map = new SortedMap<string>();
  let appliedVersion = 0;
  let isOpen = true;
  const reader = readerOf(() => {
    assert(isOpen, "a closed store is not read");
    return map;
  });
  return {
    ...reader,
    get appliedVersion() {
      return appliedVersion;
    },
    snapshot: () => openSnapshot(map.clone()),
    apply: async (writes, version) => {
      assert(isOpen && version >= appliedVersion, "versions of a store do not go back");
      for (const [key, value] of writes) {
        if (value === undefined) map.delete(key);
        else map.set(key, value);
      }
      appliedVersion = version;
    },
    close: async () => {
      isOpen = false;
    },
  };
}

function openSnapshot(map: SortedMap<string>): StoreSnapshot {
  let isOpen = true;
  const reader = readerOf(() => {
    assert(isOpen, "a closed snapshot is not read");
    return map;
  });
  return { ...reader, close: () => void (isOpen = false) };
}

function readerOf(map: () => SortedMap<string>): StoreReader {
  return {
    get: (key) => map().get(key),
    range: (lower, upper, order, limit) => {
      const entries: StoreEntry[] = [];
      if (limit <= 0 || lower >= upper) return entries;
      map().scan(lower, upper, order, (value, key) => entries.push([key, value]) < limit);
      return entries;
    },
  };
}
