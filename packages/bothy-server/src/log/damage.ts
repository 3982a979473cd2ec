import { BothyError } from "bothy/internal";

/** The error for a log that is not what was written, naming the place. */
export function logDamaged(path: string, offset: number, what: string): BothyError {
  return new BothyError("folder_damaged", {
    message: `The log ${path} is damaged at byte ${offset}: ${what}.`,
    fix: "Keep a copy of the whole data folder, check the disk (`bothy doctor` says what else is wrong), and restore the folder from a backup. Bothy does not start on a log with a hole.",
    details: { path, offset },
  });
}
