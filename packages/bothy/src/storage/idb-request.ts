import { BothyError } from "../errors/index.ts";

/** The result of one request. */
export function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(storageError(request.error));
  });
}

/**
 * Writes by what a request of the same transaction has found, and resolves once it is durable. A write that throws aborts it,
 * so that half of what was asked cannot commit by itself, and its error is the promise's.
 */
export function transact<T>(
  transaction: IDBTransaction,
  request: IDBRequest<T> | undefined,
  write: (found: T | undefined) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let thrown: unknown;
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(storageError(thrown ?? transaction.error));
    const step = (): void => {
      try {
        write(request?.result);
        transaction.commit();
      } catch (error) {
        thrown = error;
        transaction.abort();
      }
    };
    if (request) request.onsuccess = step;
    else step();
  });
}

/** Says what the browser's refusal means: full, or not available. */
export function storageError(cause: unknown): BothyError {
  if (cause instanceof BothyError) return cause;
  const name = cause instanceof Error || cause instanceof DOMException ? cause.name : "";
  if (name === "QuotaExceededError") {
    return new BothyError("storage_full", {
      message: "The browser has no room left for this site.",
      fix: "Free disk space; what was stored stays.",
      cause,
    });
  }
  return new BothyError("storage_unavailable", {
    message: `The browser's database failed${name === "" ? "" : ` (${name})`}.`,
    fix: "Reload the page, or leave the private window.",
    cause,
  });
}

/** Says that a database has gone while it was in use. */
export function lostStorage(name: string): BothyError {
  return new BothyError("storage_lost", {
    message: `The browser, or another tab, has deleted the database "${name}".`,
    fix: "Reload the page; what was sent comes back.",
  });
}
