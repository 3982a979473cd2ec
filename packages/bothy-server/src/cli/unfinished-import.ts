import type { Logger } from "../base/index.ts";
import type { AdminConnection } from "../server/index.ts";
import { readUnfinished } from "./run-import.ts";

/** Says at a start that an import was cut off: until it is finished or taken back, its tables hold a part of it. */
export async function warnOfUnfinishedImport(admin: AdminConnection, log: Logger): Promise<void> {
  const journal = await readUnfinished(admin);
  if (journal === undefined) return;
  const { name, mode, done, total, state } = journal;
  const finish = mode === "seed" ? "starting with --seed again" : `"bothy import ${name} --resume"`;
  const fix =
    state === "undoing"
      ? '"bothy import --undo" completes that.'
      : `${finish} finishes it, "bothy import --undo" takes it back.`;
  const what = state === "undoing" ? "was being taken back" : "is not finished";
  log.warn(`The import of ${name} ${what}: ${done} of ${total} documents are in. ${fix}`, {
    import: name,
    done,
    total,
    state,
  });
}
