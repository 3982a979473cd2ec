import { createClient, type BothyClient, type QueryView } from "bothy/client";
import { openIndexedDbStorage } from "bothy/storage/indexeddb";
import { app } from "../app/bothy/_generated/client.js";

/** Nobody listens there: a client that is to work without a network is given it. */
export const deadUrl = "http://127.0.0.1:9";

/** Opens a client of the benchmark's app over the database of this name. */
export function openPageClient(name: string, url: string = location.origin): BothyClient {
  return createClient({ app, url, name, storage: openIndexedDbStorage(name) });
}

/** Resolves with the first result of a query that fits; its listeners hear of results in the step in which they are shown. */
export function whenShown<T>(view: QueryView<T>, fits: (value: T) => boolean): Promise<T> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const { value, status, error } = view.result;
      if (status === "error") reject(error ?? new Error("A query failed."));
      if (value === undefined || !fits(value)) return;
      stop();
      resolve(value);
    };
    let stop = (): void => undefined;
    stop = view.subscribe(look);
    look();
  });
}

/** Resolves once the client has a connection that was answered. */
export function whenOnline(client: BothyClient): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (client.status.value.state !== "online") return;
      stop();
      resolve();
    };
    let stop = (): void => undefined;
    stop = client.status.subscribe(look);
    look();
  });
}

/** The result of a request of IndexedDB. */
export function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(new Error(String(request.error)));
  });
}
