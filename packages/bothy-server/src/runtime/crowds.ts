import type { FunctionCall, FunctionPool } from "./function-pool.ts";

type Pool = Pick<FunctionPool, "call">;

/** The last of each crowd, by function and arguments. An entry lives as long as its crowd. */
const lastByCall = new WeakMap<Pool, Map<string, Promise<unknown>>>();

/**
 * Runs a task alone among those of its crowd: calls of one function with the same arguments, of which one has met
 * another's write. They would read and write the same documents again, and of those that run together all but one would be
 * run in vain. Others pass, and a crowd ends when nobody waits in it.
 */
export async function inCrowd<Result>(pool: Pool, call: FunctionCall, task: () => Promise<Result>): Promise<Result> {
  const crowds = lastByCall.get(pool) ?? new Map<string, Promise<unknown>>();
  lastByCall.set(pool, crowds);
  const name = nameOf(call);
  const earlier = crowds.get(name);
  const turn = earlier === undefined ? task() : earlier.then(task);
  // What becomes of a task is for its own caller to say; those behind it only wait for its end.
  const ended = turn.catch(() => undefined);
  crowds.set(name, ended);
  try {
    return await turn;
  } finally {
    if (crowds.get(name) === ended) crowds.delete(name);
  }
}

/** Tells whether calls like this one are running one after the other just now. */
export function isCrowded(pool: Pool, call: FunctionCall): boolean {
  const crowds = lastByCall.get(pool);
  return crowds !== undefined && crowds.size > 0 && crowds.has(nameOf(call));
}

function nameOf({ name, args }: FunctionCall): string {
  return `${name} ${JSON.stringify(args)}`;
}
