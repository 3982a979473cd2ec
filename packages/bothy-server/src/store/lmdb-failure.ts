import { BothyError } from "bothy/internal";

// What LMDB passes on of the operating system's words: ENOSPC and EDQUOT.
const fullCodes: readonly unknown[] = [28, 122, "ENOSPC", "EDQUOT"];

/** Turns what LMDB throws when a batch can't be written into an error that says what to do. */
export async function storeFailure(thrown: unknown, folder: string): Promise<BothyError> {
  const cause = (await reasonOf(thrown)) ?? thrown;
  if (fullCodes.includes(codeOf(cause))) {
    return new BothyError("disk_full", {
      message: `Could not write the store ${folder}: the disk is full.`,
      fix: "Make room on the disk, then start Bothy again. Nothing that was acknowledged is lost.",
      cause,
    });
  }
  return new BothyError("disk_failed", {
    message: `Could not write the store ${folder} (${cause instanceof Error ? cause.message : String(cause)}).`,
    fix: "Look at the disk and the kernel's log; start Bothy again once the disk works. Nothing that was acknowledged is lost.",
    cause,
  });
}

/** LMDB tells the reason in a promise beside its error, which it rejects in the same turn. */
async function reasonOf(thrown: unknown): Promise<unknown> {
  if (typeof thrown !== "object" || thrown === null || !("commitError" in thrown)) return undefined;
  let reason: unknown;
  void Promise.resolve(thrown.commitError).catch((error: unknown) => {
    reason = error;
  });
  // It may never be rejected, so it is not awaited: these are the turns that a rejection takes to arrive.
  for (let turn = 0; turn < 5 && reason === undefined; turn++) await Promise.resolve();
  return reason;
}

const pageErrors = /^MDB_(?:PAGE_NOTFOUND|CORRUPTED|PANIC|INVALID|CURSOR_FULL|PAGE_FULL|BAD_TXN|PROBLEM)\b/u;

/** Tells whether LMDB threw it because its pages are not what it wrote. */
export function isPageError(error: unknown): error is Error {
  return error instanceof Error && pageErrors.test(error.message);
}

function codeOf(cause: unknown): unknown {
  return typeof cause === "object" && cause !== null && "code" in cause ? cause.code : undefined;
}
