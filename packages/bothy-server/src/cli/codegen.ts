import { generateCode } from "../runtime/index.ts";
import { partsOptionsOf } from "./options.ts";
import type { TargetOptions } from "./options.ts";
import type { Output } from "./output.ts";

/** Writes bothy/_generated of the app. */
export async function codegen(options: TargetOptions, output: Output): Promise<void> {
  const { world, projectFolder } = await partsOptionsOf(options, 1, output);
  const written = await generateCode({ world, appFolder: projectFolder });
  if (output.isJson) output.print(JSON.stringify({ written }));
  else output.say(written.length === 0 ? "bothy/_generated is up to date." : `Wrote ${written.join(", ")}.`);
}
