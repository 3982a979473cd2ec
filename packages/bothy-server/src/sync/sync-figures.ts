import { Tally } from "../base/index.ts";

/** Scopes whose failures are told apart. */
const scopesMax = 100;
/** Error codes stand in a closed table. */
const codesMax = 100;

/** What the sessions of a deployment have counted since it was opened. */
export class SyncFigures {
  /** Greetings that were accepted, and those that were not by error code. */
  welcomes = 0;
  readonly refusals: Tally = new Tally(codesMax);
  /** What the device proves to hold when it connects; `none`: it names nothing, or nothing of this deployment and epoch. */
  readonly cursors = { none: 0, held: 0, forged: 0, history_lost: 0, unknown: 0 };
  /**
   * Ranges with which devices caught up: kept, by what the books tell alone or by a look at the rows too (of which some are then
   * compared), or sent whole.
   */
  readonly catchUps = { kept: 0, rows: 0, compared: 0, whole: 0 };
  /** Checks of devices; ranges that did not hold what they should and were repaired; ranges that devices gave up on. */
  readonly verification = { checked: 0, repaired: 0, stopped: 0 };
  /** Messages and their length; text counts by its characters. */
  readonly sent = { messages: 0, bytes: 0 };
  pokes = 0;
  /** Mutations that came to an end, and those asked again whose end was told again. */
  readonly mutations = { applied: 0, rejected: 0, parked: 0, duplicate: 0 };
  /** Runs of mutations that came to no end and are begun again, by error code. */
  readonly mutationRetries: Tally = new Tally(codesMax);
  readonly scopeFailures: Tally = new Tally(scopesMax);
}
