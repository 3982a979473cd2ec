import { BothyError } from "bothy/internal";
import type { Json } from "bothy/internal";
import { openAdminConnection } from "../server/index.ts";
import { partsOptionsOf } from "./options.ts";
import type { TargetOptions } from "./options.ts";
import type { Output } from "./output.ts";

/** Runs one function and prints its result as JSON. */
export async function runFunction(name: string, args: string, options: TargetOptions, output: Output): Promise<void> {
  const parsed = parseArgs(args);
  const admin = await openAdminConnection(await partsOptionsOf(options, 1, output));
  try {
    output.print(JSON.stringify(await admin.call(name, parsed), null, output.isJson ? undefined : 2));
  } finally {
    await admin.close();
  }
}

function parseArgs(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (cause) {
    throw new BothyError("usage_invalid", {
      message: `The arguments are no valid JSON: ${text}`,
      fix: `Write them as one JSON object in quotes, such as '{"limit": 10}'.`,
      cause,
    });
  }
}
