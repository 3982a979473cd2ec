import type { AppendOptions, ClientStorage, StorageOperation, StoredRow } from "./client-storage.ts";

/** An outbox row on its way into the storage. */
export interface Append {
  readonly row: StoredRow;
  readonly operations: readonly StorageOperation[];
}

interface Waiting extends Append {
  readonly resolve: (n: number) => void;
  readonly reject: (error: unknown) => void;
}

/** Makes an append of which one transaction runs at a time; what arrives meanwhile goes into the next one together. */
export function createAppender(
  appendAll: (batch: readonly Append[]) => Promise<readonly number[]>,
): ClientStorage["appendOutbox"] {
  let waiting: Waiting[] = [];
  let isWriting = false;
  const writeWaiting = async (): Promise<void> => {
    isWriting = true;
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      try {
        const numbers = await appendAll(batch);
        for (const [place, { resolve }] of batch.entries()) resolve(numbers[place] ?? 0);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    isWriting = false;
  };
  return (row, { operations = [] }: AppendOptions = {}) =>
    new Promise((resolve, reject) => {
      waiting.push({ row, operations, resolve, reject });
      if (!isWriting) void writeWaiting();
    });
}
