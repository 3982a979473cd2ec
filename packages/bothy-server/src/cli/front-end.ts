import { BothyError } from "bothy/internal";
import { startCommand } from "../base/index.ts";
import type { Output } from "./output.ts";
import type { StopRequest } from "./signals.ts";

/** Runs the front end's command on our terminal until it ends by itself, or until we are asked to stop, and it with us. */
export async function runFrontEnd(parts: {
  readonly command: string;
  readonly folder: string;
  readonly stop: StopRequest;
  readonly output: Output;
}): Promise<void> {
  const { command, folder, stop, output } = parts;
  const running = startCommand(command.trim().split(/\s+/u), folder);
  const how = await Promise.race([running.ended, stop.asked]);
  if (how === undefined) return running.stop();
  if (how === 0) return output.say(`The command "${command}" has ended.`);
  throw new BothyError("config_invalid", {
    message:
      typeof how === "number"
        ? `The command "${command}" ended with exit code ${how}.`
        : `The command "${command}" could not be started: ${how.message}.`,
    fix: "Check what follows --start: a program of the app's node_modules or of the PATH, and its arguments.",
  });
}
