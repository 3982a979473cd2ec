import type { ClientWorld } from "../base/index.ts";
import { BothyError } from "../errors/index.ts";
import { hexOfBytes } from "../values/index.ts";
import type { Durability } from "./client-storage.ts";
import { lostStorage, resultOf, storageError } from "./idb-request.ts";
import { closedStorage } from "./replacement.ts";

/** One database that is opened again when the browser closes it under us, as WebKit does with tabs in the background. */
export interface IdbConnection {
  open(): Promise<IDBDatabase>;
  /** Drawn when the database came into being: another one of the same name has another. Known once it is open. */
  readonly birth: string;
  begin(stores: readonly string[], mode: "readonly" | "readwrite", durability?: Durability): Promise<IDBTransaction>;
  onLost(listener: (error: unknown) => void): () => void;
  close(): void;
}

/** Time for this storage's patience, chance for its names. */
export type StorageWorld = Pick<ClientWorld, "clock" | "random">;

/** The version of the stores' layout; what rows contain carries a format of its own. */
const layoutVersion = 1;

/** How often opening is tried before the storage counts as lost. */
const openTryCount = 3;

/** An opening that takes longer is held up by another tab, or by a browser that never answers. */
export const openWithinMs = 5_000;

type Create = (database: IDBDatabase, birth: string) => void;

/** Makes a connection that is not open yet. `create` makes the stores, one of them `meta`, and keeps the birth there. */
export function createIdbConnection(name: string, create: Create, world: StorageWorld): IdbConnection {
  const lostListeners = new Set<(error: unknown) => void>();
  let opening: Promise<IDBDatabase> | undefined;
  let birth = "";
  // Why nothing more is opened.
  let end: unknown;

  const lose = (error: unknown): void => {
    if (end !== undefined) return;
    end = error;
    for (const listener of lostListeners) listener(error);
  };

  const openOnce = async (): Promise<IDBDatabase | undefined> => {
    const database = await openDatabase(name, birth === "" ? create : undefined, world);
    if (!database) return undefined;
    const found = String(await resultOf(database.transaction("meta").objectStore("meta").get(["birth"])));
    // Deleted, and made anew by another tab: what this tab knows is of the old one, and may not get into the new one.
    if (birth !== "" && found !== birth) {
      database.close();
      return undefined;
    }
    birth = found;
    database.onclose = () => {
      opening = undefined;
      // At once, so that an eviction is told of before anybody writes.
      open().catch(() => undefined);
    };
    database.onversionchange = () => {
      // Another tab deletes or upgrades it. Holding on would block that tab for ever.
      database.close();
      lose(lostStorage(name));
    };
    return database;
  };

  const open = (): Promise<IDBDatabase> => {
    if (end !== undefined) return Promise.reject(storageError(end));
    opening ??= openRepeatedly(name, openOnce).catch((error: unknown) => {
      opening = undefined;
      if (birth !== "") lose(error);
      throw error;
    });
    return opening;
  };

  const begin: IdbConnection["begin"] = async (stores, mode, durability = "relaxed") => {
    const start = async (): Promise<IDBTransaction> =>
      (await open()).transaction([...stores], mode, mode === "readwrite" ? { durability } : undefined);
    try {
      return await start();
    } catch (error) {
      // The connection was closing: nothing has started, so starting again on a new one is safe.
      if (!(error instanceof DOMException || error instanceof Error) || error.name !== "InvalidStateError")
        throw storageError(error);
      opening = undefined;
      return await start().catch((again: unknown) => {
        throw storageError(again);
      });
    }
  };

  return {
    open,
    get birth() {
      return birth;
    },
    begin,
    close() {
      end = closedStorage();
      // An opening that fails has nothing to close.
      opening?.then((database) => database.close()).catch(() => undefined);
      opening = undefined;
    },
    onLost(listener) {
      lostListeners.add(listener);
      return () => void lostListeners.delete(listener);
    },
  };
}

async function openRepeatedly(name: string, openOnce: () => Promise<IDBDatabase | undefined>): Promise<IDBDatabase> {
  for (let tryCount = 1; ; tryCount++) {
    try {
      const database = await openOnce();
      if (database) return database;
      break;
    } catch (error) {
      const typed = storageError(error);
      if (tryCount >= openTryCount || typed.code === "storage_blocked") throw typed;
    }
  }
  throw lostStorage(name);
}

/** Opens a database; undefined if there is none and it is not to be created. */
export function openDatabase(
  name: string,
  create: Create | undefined,
  { clock, random }: StorageWorld,
): Promise<IDBDatabase | undefined> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, layoutVersion);
    const give = clock.after(openWithinMs, () => {
      // What opens after all is nobody's: it must not hold up others in turn.
      request.onsuccess = () => request.result.close();
      reject(
        new BothyError("storage_blocked", {
          message: `Another tab holds up the database "${name}".`,
          fix: "Close the other tabs of this app, then reload.",
        }),
      );
    });
    request.onupgradeneeded = () => {
      if (create) return create(request.result, hexOfBytes(random.bytes(16)));
      // Nothing may come into being here: at the next look an empty database would pass for the old one.
      request.transaction?.abort();
      resolve(undefined);
    };
    request.onsuccess = () => {
      give();
      resolve(request.result);
    };
    request.onerror = () => {
      give();
      reject(storageError(request.error));
    };
  });
}
