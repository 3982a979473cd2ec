/** What decides whether a command writes in color. */
export interface ColorWishes {
  /** False after `--no-color`. */
  readonly isAllowed: boolean;
  readonly isTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The user's word first (`--no-color`, then NO_COLOR, then FORCE_COLOR), else color where a person reads. */
export function wantsColor({ isAllowed, isTerminal, env }: ColorWishes): boolean {
  if (!isAllowed || isSet(env["NO_COLOR"])) return false;
  if (isSet(env["FORCE_COLOR"])) return env["FORCE_COLOR"] !== "0";
  return isTerminal && env["TERM"] !== "dumb";
}

/** An empty variable counts as none (no-color.org). */
function isSet(variable: string | undefined): boolean {
  return variable !== undefined && variable !== "";
}
