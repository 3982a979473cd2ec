import { isBothyError } from "../errors/index.ts";
import type { ClientStorage } from "../storage/index.ts";

/** A storage that, when it is full, deletes what can be asked for again (answers of server-only queries) and tries once more. */
export function withRoom(storage: ClientStorage): ClientStorage {
  const roomy =
    <Args extends readonly unknown[], Result>(write: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      try {
        return await write(...args);
      } catch (error) {
        const isFull = isBothyError(error) && error.code === "storage_full";
        const answers = isFull ? await storage.list("result") : [];
        if (answers.length === 0) throw error;
        await storage.write(answers.map(({ key }) => ({ kind: "delete", store: "result", key })));
        return await write(...args);
      }
    };
  return {
    ...storage,
    write: roomy(storage.write),
    appendOutbox: roomy(storage.appendOutbox),
    removeOutbox: roomy(storage.removeOutbox),
  };
}
