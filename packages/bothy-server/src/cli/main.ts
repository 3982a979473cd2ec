import { CommanderError } from "commander";
import { createProgram } from "./create-program.ts";
import { openOutput } from "./output.ts";
import { usageError } from "./usage-error.ts";

// Asked of the words themselves: where they can't be understood, the answer still has the form that was asked for.
const words = process.argv.slice(2);
const output = openOutput({ isJson: words.includes("--json"), isColorAllowed: !words.includes("--no-color") });

try {
  await createProgram(output).parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) process.exitCode = output.fail(error);
  // Help and version were asked for and have been printed.
  else if (error.exitCode !== 0) process.exitCode = output.fail(usageError(error));
}
