import { BothyError } from "../errors/index.ts";

/** Says that a database is not deleted, because somebody's changes would be lost with it. */
export function unsentChanges(count: number): BothyError {
  return new BothyError("unsent_changes", {
    message: count === 1 ? "1 change has not been sent." : `${count} changes have not been sent.`,
    fix: "Go online first, keep the data, or pass discardUnsent.",
    details: { count },
  });
}

/** Says that a handle is closed, or that its database has gone to another. */
export function closedStorage(): BothyError {
  return new BothyError("storage_unavailable", { message: "This storage is closed." });
}

/** Says that there is no such database. */
export function missingDatabase(name: string): BothyError {
  return new BothyError("not_found", {
    message: `There is no kept database ${name}.`,
    fix: "Take a name from the list.",
  });
}
