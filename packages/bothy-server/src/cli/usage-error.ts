import type { CommanderError } from "commander";
import { BothyError } from "bothy/internal";

/** Turns what commander has to say about the words of a command into an error of ours; a suggestion becomes the fix. */
export function usageError({ code, message }: Pick<CommanderError, "code" | "message">): BothyError {
  if (code === "commander.help") {
    return new BothyError("usage_invalid", { message: "No command was named.", fix: "Add --help for the commands." });
  }
  const [what = "", suggestion] = message.replace(/^error: /u, "").split("\n");
  const fix =
    suggestion === undefined
      ? "Add --help for the commands and their options."
      : suggestion.replace(/^\((.*)\)$/u, "$1");
  return new BothyError("usage_invalid", { message: `${what.charAt(0).toUpperCase()}${what.slice(1)}.`, fix });
}

/** The error for an option that this call needs. */
export function missingOption(option: string, what: string): BothyError {
  return new BothyError("usage_invalid", {
    message: `This needs the option ${option}: ${what}.`,
    fix: "Add it, or --help for the command and its options.",
  });
}
