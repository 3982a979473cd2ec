import { BothyError } from "../errors/index.ts";
import type { Durability } from "./client-storage.ts";
import { storageError } from "./idb-request.ts";

/** One database that is opened again when the browser closes it under us, as WebKit does with tabs in the background. */
export interface IdbConnection {
  open(): Promise<IDBDatabase>;
  begin(stores: readonly string[], mode: "readonly" | "readwrite", durability?: Durability): Promise<IDBTransaction>;
  onLost(listener: (error: unknown) => void): () => void;
  close(): void;
  destroy(): Promise<void>;
}

/** The version of the stores' layout; what rows contain carries a format of its own. */
const layoutVersion = 1;

/** How often opening is tried before the storage counts as lost. */
const openTryCount = 3;

/** Makes a connection that is not open yet. */
export function createIdbConnection(name: string, create: (database: IDBDatabase) => void): IdbConnection {
  const lostListeners = new Set<(error: unknown) => void>();
  let opening: Promise<IDBDatabase> | undefined;
  let hasOpened = false;
  let isOver = false;

  const lose = (error: unknown): void => {
    if (isOver) return;
    isOver = true;
    for (const listener of lostListeners) listener(error);
  };

  const openOnce = async (): Promise<IDBDatabase | undefined> => {
    const database = await openDatabase(name, hasOpened ? undefined : create);
    if (!database) return undefined;
    hasOpened = true;
    database.onclose = () => {
      opening = undefined;
      // At once, so that an eviction is told of before anybody writes.
      open().catch(() => undefined);
    };
    database.onversionchange = () => {
      // Another tab deletes or upgrades it. Holding on would block that tab for ever.
      database.close();
      lose(new BothyError("storage_unavailable", { message: `The database "${name}" was deleted by another tab.` }));
    };
    return database;
  };

  const open = (): Promise<IDBDatabase> => {
    if (isOver) {
      return Promise.reject(new BothyError("storage_unavailable", { message: `The database "${name}" is closed.` }));
    }
    opening ??= openRepeatedly(name, openOnce).catch((error: unknown) => {
      opening = undefined;
      if (hasOpened) lose(error);
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

  const close = (): void => {
    isOver = true;
    // An opening that fails has nothing to close.
    opening?.then((database) => database.close()).catch(() => undefined);
    opening = undefined;
  };

  return {
    open,
    begin,
    close,
    onLost(listener) {
      lostListeners.add(listener);
      return () => void lostListeners.delete(listener);
    },
    async destroy() {
      const database = await opening?.catch(() => undefined);
      database?.close();
      isOver = true;
      await new Promise<void>((resolve, reject) => {
        const request = indexedDB.deleteDatabase(name);
        request.onsuccess = () => resolve();
        request.onerror = () => reject(storageError(request.error));
      });
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
      if (tryCount >= openTryCount) throw storageError(error);
    }
  }
  throw new BothyError("storage_unavailable", {
    message: `The browser has deleted the database "${name}".`,
    fix: "Reload the page; what was sent comes back.",
  });
}

/** Opens a database; undefined if there is none and it is not to be created. */
function openDatabase(
  name: string,
  create: ((database: IDBDatabase) => void) | undefined,
): Promise<IDBDatabase | undefined> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(name, layoutVersion);
    request.onupgradeneeded = () => {
      if (create) return create(request.result);
      // Nothing may come into being here: at the next look an empty database would pass for the old one.
      request.transaction?.abort();
      resolve(undefined);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(storageError(request.error));
  });
}
