import { BothyError } from "bothy/internal";
import type { CommitFootprint, CommitOutcome, Engine, Reservation } from "./engine.ts";

/** A transaction that is run until it commits. */
export interface InTurn<Run> {
  readonly engine: Pick<Engine, "reserve">;
  /** What it is called in messages. */
  readonly name: string;
  /** Runs it at a new snapshot. Who loses the process that it runs in ends the reservation. */
  readonly run: (reservation: Reservation | undefined) => Promise<Run>;
  readonly commit: (run: Run, reservation: Reservation | undefined) => CommitOutcome;
  readonly footprintOf: (run: Run) => CommitFootprint;
}

/** Commits that may fail before the transaction does: one that reads the same again meets no conflict in its turn. */
export const attemptsMax = 100;

/** Runs a transaction until it commits; one that lost waits for its turn and then has its ranges for itself (EN14). */
export async function runInTurn<Run>(transaction: InTurn<Run>): Promise<{ run: Run; version: number }> {
  const { engine, footprintOf } = transaction;
  let reservation: Reservation | undefined;
  try {
    let run = await transaction.run(undefined);
    for (let attempts = 1; attempts <= attemptsMax; attempts++) {
      const outcome = transaction.commit(run, reservation);
      if (outcome.kind === "committed") return { run, version: outcome.version };
      // Without a range it was the guard that said no, and will say no again.
      if (outcome.kind === "conflict" && outcome.range === undefined) break;
      if (reservation?.isSpent === true) break;
      reservation = engine.reserve(footprintOf(run), reservation);
      await reservation.turn();
      if (reservation.isSpent) break;
      // What had to wait is tried once more as it is: perhaps those before it wrote elsewhere in the end.
      if (outcome.kind === "conflict") run = await transaction.run(reservation);
    }
    throw contention(transaction.name);
  } finally {
    reservation?.end();
  }
}

function contention(name: string): BothyError {
  return new BothyError("contention", {
    message: `"${name}" met other writes again and again.`,
    fix: "Try again; let fewer calls write the same documents.",
  });
}
