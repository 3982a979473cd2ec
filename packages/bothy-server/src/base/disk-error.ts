import { BothyError } from "bothy/internal";

/** Turns what the operating system said about a path into an error that says what to do. */
export function diskError(cause: unknown, path: string, action: string): BothyError {
  const word = systemCode(cause);
  const what = `Could not ${action} ${path}`;
  switch (word) {
    case "ENOSPC":
    case "EDQUOT":
      return new BothyError("disk_full", {
        message: `${what}: the disk is full.`,
        fix: "Make room on the disk, then start Bothy again. Nothing that was acknowledged is lost.",
        cause,
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new BothyError("folder_unwritable", {
        message: `${what}: this user may not (${word}).`,
        fix: "Give the user that runs Bothy the right to write there, or choose another data folder.",
        cause,
      });
    case "ENOTDIR":
      return new BothyError("folder_unwritable", {
        message: `${what}: there is a file where a folder is needed.`,
        fix: "Move the file away, or choose another data folder.",
        cause,
      });
    default:
      return new BothyError("disk_failed", {
        message: `${what}: the disk answered ${word}.`,
        fix: "Look at the disk and the kernel's log; start Bothy again once the disk works. Nothing that was acknowledged is lost.",
        cause,
      });
  }
}

/** The operating system's word for a failure (ENOENT, EIO, …). */
export function systemCode(cause: unknown): string {
  if (typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string")
    return cause.code;
  return "unknown";
}
