import { BothyError } from "../errors/index.ts";

/** What only a tab that leads needs. */
export type LeaderPart = Pick<typeof import("./leader.ts"), "openLeader">;

/**
 * Loads the part of the client that talks to the deployment. It is a file of its own, so that an app shows and changes its data
 * before that part is there (docs/decisions/0028-two-parts.md). Fails with `client_incomplete`.
 */
export async function loadLeader(): Promise<LeaderPart> {
  try {
    return await import("./leader.ts");
  } catch (cause) {
    throw new BothyError("client_incomplete", {
      message: "A part of the app could not be loaded: it works without its deployment.",
      fix: "Go online, and reload the app.",
      cause,
    });
  }
}
